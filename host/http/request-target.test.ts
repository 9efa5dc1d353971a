import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTarget } from './request-target.ts'

for (const [target, path, query] of [
  ['/', '/', ''],
  ['/dns-query?dns=AAAB', '/dns-query', 'dns=AAAB'],
  ['/a%20b?x=?&y', '/a%20b', 'x=?&y'],
  ['/?', '/', ''],
  ['//host/path', '//host/path', ''],
  ['http://edge.test/dns-query?x', '/dns-query', 'x'],
  ['HTTPS://edge.test:8443/', '/', ''],
  ['http://edge.test?x', '/', 'x'],
  ['*', '*', ''],
  ['edge.test:443', 'edge.test:443', ''],
  ['', '', ''],
] as const) {
  test(`target "${target}"`, () => assert.deepEqual(readTarget(target), { path, query }))
}
