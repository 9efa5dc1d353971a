import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, nameFromText } from '../../dns/name.ts'
import { parseWanted, type Wanted } from './grammar.ts'

/** The text form for the table below. */
function show(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'namespace':
      return `namespace ${wanted.namespace}`
    case 'service':
      return `service ${wanted.namespace}/${wanted.service}`
    case 'below':
      return `${wanted.label} below ${wanted.namespace}/${wanted.service}`
    case 'port':
      return `port ${wanted.port || 'any'}/${wanted.protocol || 'any'} of ${wanted.namespace}/${wanted.service}`
    case 'pods':
      return `pods of ${wanted.namespace}`
    case 'pod':
      return `pod ${wanted.address} of ${wanted.namespace}${wanted.isCanonical ? '' : ', oddly spelt'}`
    default:
      return wanted.kind
  }
}

function shown(text: string): string {
  return show(parseWanted(text === '' ? [] : labelsOf(nameFromText(text))))
}

const table: readonly (readonly [name: string, form: string])[] = [
  ['', 'apex'],
  ['svc', 'between'],
  ['pod', 'between'],
  ['dns', 'between'],
  ['ns.dns', 'nameserver'],
  ['x.ns.dns', 'none'],
  ['ns2.dns', 'none'],
  ['dns-version', 'version'],
  ['x.dns-version', 'none'],
  ['_snapshot', 'snapshot'],
  ['x._snapshot', 'none'],
  ['snapshot', 'none'],
  ['foo', 'none'],
  ['www.example.com', 'none'],
  ['*', 'none'],
  ['any', 'none'],
  ['default.svc', 'namespace default'],
  ['svc.svc', 'namespace svc'],
  ['*.svc', 'namespace *'],
  ['web.default.svc', 'service default/web'],
  ['dns.default.svc', 'service default/dns'],
  ['ns.dns.svc', 'service dns/ns'],
  ['constructor.__proto__.svc', 'service __proto__/constructor'],
  ['db-0.db.default.svc', 'db-0 below default/db'],
  ['_tcp.web.default.svc', '_tcp below default/web'],
  ['_http._tcp.web.default.svc', 'port http/tcp of default/web'],
  ['http.tcp.web.default.svc', 'port http/tcp of default/web'],
  ['_._tcp.web.default.svc', 'port any/tcp of default/web'],
  ['_http._.web.default.svc', 'port http/any of default/web'],
  ['_._.web.default.svc', 'port any/any of default/web'],
  ['__http._tcp.web.default.svc', 'port _http/tcp of default/web'],
  ['_80._tcp.web.default.svc', 'port 80/tcp of default/web'],
  ['_tcp._http.web.default.svc', 'port tcp/http of default/web'],
  ['*._tcp.web.default.svc', 'port */tcp of default/web'],
  ['_http._tcp.db-0.db.default.svc', 'none'],
  ['a.b.c.d.web.default.svc', 'none'],
  ['default.pod', 'pods of default'],
  ['pod.pod', 'pods of pod'],
  ['10-244-1-5.default.pod', 'pod 10.244.1.5 of default'],
  ['fd00--1.default.pod', 'pod fd00::1 of default'],
  ['fd00-0--1.default.pod', 'pod fd00::1 of default, oddly spelt'],
  ['web-0.default.pod', 'none'],
  ['x.10-244-1-5.default.pod', 'none'],
  ['_x._tcp.10-244-1-5.default.pod', 'none'],
]

for (const [name, form] of table) {
  test(`${name || 'the zone itself'} is ${form}`, () => assert.equal(shown(name), form))
}

test('labels are bytes: a dot, a zero byte or a slash in a label does not split it', () => {
  assert.equal(show(parseWanted(['web.default', 'svc'])), 'namespace web.default')
  assert.equal(show(parseWanted(['a/b', 'c\0d', 'svc'])), 'service c\0d/a/b')
  assert.equal(show(parseWanted(['\xff', 'svc'])), 'namespace \xff')
})

test('the grammar does not fold case, since its labels are already folded', () => {
  assert.equal(shown('default.SVC'), 'none')
})
