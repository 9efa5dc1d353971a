import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './network.ts'

test('an IPv4 address is counted alone, also in its IPv4-mapped form', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('::ffff:c000:207'), '192.0.2.7')
})

test('IPv6 addresses of one /64 are counted together, those of two are not', () => {
  assert.equal(networkOf('2001:db8:0:1::5'), '2001:db8:0:1::/64')
  assert.equal(networkOf('2001:db8:0:1:ffff::'), '2001:db8:0:1::/64')
  assert.notEqual(networkOf('2001:db8:0:2::5'), networkOf('2001:db8:0:1::5'))
})

test('link-local addresses are counted alone, without their zone', () => {
  assert.equal(networkOf('fe80::1%eth0'), 'fe80::1')
  assert.equal(networkOf('fe80::2%eth0'), 'fe80::2')
})

test('loopback, and text that is not an address, is not counted', () => {
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', ':::', undefined])
    assert.equal(networkOf(address), undefined, String(address))
})
