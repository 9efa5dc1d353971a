import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-fields.ts'
import { parseServerNames } from './server-names.ts'

test('the DoH URL is written in full, and the host of DNS over TLS in lower case, without a final dot', () => {
  assert.deepEqual(parseServerNames({}), {})
  assert.deepEqual(
    parseServerNames({ url: 'https://DNS.example.com/dns-query', dotHost: 'DNS.example.com.' }),
    {
      url: 'https://dns.example.com/dns-query',
      dotHost: 'dns.example.com',
    },
  )
})

test('the host of DNS over TLS may have a port', () => {
  for (const text of ['dns.example.com:8853', 'dns.example.com.:8853'])
    assert.deepEqual(parseServerNames({ dotHost: text }), { dotHost: 'dns.example.com', dotPort: 8853 })
})

for (const dotHost of [
  '',
  ':853',
  'a b',
  'a..b',
  '-a.b',
  'a.b:',
  'a.b:0',
  'a.b:65536',
  'a.b:x',
  '[::1]:853',
  1,
])
  test(`${JSON.stringify(dotHost)} is no host of DNS over TLS`, () => {
    assert.throws(() => parseServerNames({ dotHost }), ConfigError)
  })

test('a URL with a token is refused, since everybody who asks is told the URL', () => {
  const token = `prod-${'a'.repeat(26)}`
  assert.throws(() => parseServerNames({ url: `https://dns.example.com/dns-query/${token}` }), {
    path: 'url',
    message: 'url: the path goes on after /dns-query; leave the token out',
  })
})
