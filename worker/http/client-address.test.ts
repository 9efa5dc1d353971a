import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCidr } from '../../dns/cidr.ts'
import { clientAddress, type ProxyTrust } from './client-address.ts'

const trust: ProxyTrust = {
  trustedProxies: ['10.0.0.0/8', '2001:db8:1::/48'].flatMap((text) => parseCidr(text) ?? []),
  forwardedHeader: 'x-forwarded-for',
}

function addressOf(peer: string | undefined, header?: string, given: ProxyTrust = trust): string | undefined {
  return clientAddress(
    {
      method: 'GET',
      path: '/',
      query: '',
      peer,
      header: (name) => (name === given.forwardedHeader ? header : undefined),
      body: async () => new Uint8Array(),
    },
    given,
  )
}

test('without a trusted proxy, the address is the peer of the transport', () => {
  assert.equal(addressOf('192.0.2.1', '203.0.113.9'), '192.0.2.1')
  assert.equal(addressOf('10.0.0.1', '203.0.113.9', { ...trust, trustedProxies: [] }), '10.0.0.1')
  assert.equal(addressOf(undefined, '203.0.113.9'), undefined)
})

test('from a trusted proxy, the last address that is not a proxy counts, and text before it does not', () => {
  assert.equal(addressOf('10.0.0.1', '203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', '198.51.100.1, 203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', 'junk,203.0.113.9, 10.2.0.1,2001:db8:1::7'), '203.0.113.9')
  assert.equal(addressOf('::ffff:10.0.0.1', '203.0.113.9:5123'), '203.0.113.9')
  assert.equal(addressOf('2001:db8:1::2', '[2001:DB8:2::1]:443'), '2001:db8:2::1')
})

test('an entry that is not an address ends the search at the proxy that wrote it', () => {
  assert.equal(addressOf('10.0.0.1', '203.0.113.9, unknown, 10.0.0.2'), '10.0.0.2')
  assert.equal(addressOf('10.0.0.1', 'unknown'), '10.0.0.1')
  assert.equal(addressOf('10.0.0.1'), '10.0.0.1')
})

test('Forwarded is read as RFC 7239 writes it', () => {
  const forwarded: ProxyTrust = { ...trust, forwardedHeader: 'forwarded' }
  const of = (header: string): string | undefined => addressOf('10.0.0.1', header, forwarded)
  assert.equal(of('for=203.0.113.9;proto=https;by=10.0.0.1'), '203.0.113.9')
  assert.equal(of('proto=http; For="[2001:db8:2::1]:4711"'), '2001:db8:2::1')
  assert.equal(of('for=198.51.100.1, for=_hidden'), '10.0.0.1')
  assert.equal(of('for=198.51.100.1, for=203.0.113.9, for=10.9.9.9'), '203.0.113.9')
})

test('of a header that a client has filled, only the end is read', () => {
  const filled = `${'10.1.1.1,'.repeat(2_000)}203.0.113.9`
  assert.equal(addressOf('10.0.0.1', filled), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', `203.0.113.9,${'10.1.1.1,'.repeat(2_000)}10.1.1.2`), '10.1.1.1')
  assert.equal(addressOf('10.0.0.1', ',203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', ''), '10.0.0.1')
})
