import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServer, readTlsHost } from './server-place.ts'

for (const [text, hostname, port, host] of [
  ['dns.example.com', 'dns.example.com', 53, 'dns.example.com:53'],
  ['127.0.0.1:5353', '127.0.0.1', 5353, '127.0.0.1:5353'],
  ['::1', '::1', 53, '[::1]:53'],
  ['[fd00::53]', 'fd00::53', 53, '[fd00::53]:53'],
  ['[fe80::1%lo]:853', 'fe80::1%lo', 853, '[fe80::1%lo]:853'],
] as const) {
  test(`${text} is ${host}`, () => assert.deepEqual(readServer(text, 53), { hostname, port, host }))
}

for (const text of [
  '',
  ':53',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  'a:b',
  '[a]:53',
  'https://a/dns-query',
  'a b',
]) {
  test(`"${text}" is no server`, () => {
    assert.throws(() => readServer(text, 53), { code: 'OPTION_SERVER', message: /--server is ".*--url/ })
  })
}

test('the server name of TLS is a name, without its final dot', () => {
  assert.equal(readTlsHost('prod-k3vq.dns.example.com.'), 'prod-k3vq.dns.example.com')
  for (const text of ['', '127.0.0.1', '::1', 'a..b', 'a b', 'a:853'])
    assert.throws(() => readTlsHost(text), { code: 'OPTION_TLS_HOST', message: /--tls-host is "/ })
})
