import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResolver, resolverText } from './resolver.ts'

for (const [text, address, port, printed] of [
  ['192.0.2.1', '192.0.2.1', 53, '192.0.2.1'],
  ['192.0.2.1:5353', '192.0.2.1', 5353, '192.0.2.1:5353'],
  ['2001:db8::1', '2001:db8::1', 53, '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1', 53, '2001:db8::1'],
  ['[2001:db8::1]:54', '2001:db8::1', 54, '[2001:db8::1]:54'],
  ['fe80::1%eth0', 'fe80::1%eth0', 53, 'fe80::1%eth0'],
  ['[fe80::1%12]:5353', 'fe80::1%12', 5353, '[fe80::1%12]:5353'],
] as const)
  test(`${text} is a resolver`, () => {
    const resolver = parseResolver(text)
    assert.deepEqual(resolver, { address, port })
    assert.equal(resolver && resolverText(resolver), printed)
  })

for (const text of [
  '',
  'dns.example.com',
  '192.0.2',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1:',
  '192.0.2.1%eth0',
  'fe80::1%',
  '2001:db8::1]:53',
  '[192.0.2.1',
  '[dns.example.com]:53',
  ' 192.0.2.1',
])
  test(`"${text}" is not a resolver`, () => assert.equal(parseResolver(text), undefined))

test('a text without a port gets the usual one', () => {
  assert.deepEqual(parseResolver('192.0.2.1', 5353), { address: '192.0.2.1', port: 5353 })
})
