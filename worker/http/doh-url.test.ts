import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get } from '../edge.case.ts'
import { dohUrlOf } from './doh-url.ts'

for (const [host, url] of [
  ['dns.example.com', 'https://dns.example.com/dns-query'],
  ['dns.example.com:8443', 'https://dns.example.com:8443/dns-query'],
  ['[::1]:8443', 'https://[::1]:8443/dns-query'],
  ['<b>', '/dns-query'],
  ['a/b', '/dns-query'],
  ['255.65535.1.1', '/dns-query'],
  ['a:99999', '/dns-query'],
  ['', '/dns-query'],
] as const) {
  test(`the host "${host}" gives ${url}`, () => assert.equal(dohUrlOf(get('/', { host }), undefined), url))
}

test('the URL of the configuration comes before the host', () =>
  assert.equal(dohUrlOf(get('/', { host: 'a' }), 'https://b/dns-query'), 'https://b/dns-query'))
