import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPeers } from './peer.ts'

test('a public address is counted with its /24 or /56', () => {
  const peerOf = createPeers()
  assert.equal(peerOf('8.8.4.4')?.network, '8.8.4.0/24')
  assert.equal(peerOf('2600:1:2:3ff::1')?.network, '2600:1:2:300::/56')
  assert.deepEqual(peerOf('8.8.4.4')?.bytes, Uint8Array.of(8, 8, 4, 4))
  for (const address of ['8.8.4.4', '2600::1', '::ffff:8.8.4.4'])
    assert.equal(peerOf(address)?.isPublic, true)
})

test('loopback, private, shared, link-local and unique local addresses are not public', () => {
  const peerOf = createPeers()
  for (const address of ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.1.1'])
    assert.equal(peerOf(address)?.isPublic, false, address)
  for (const address of ['::1', 'fd00::1', 'fe80::1%eth0', '::ffff:10.0.0.1'])
    assert.equal(peerOf(address)?.isPublic, false, address)
})

test('other text is no peer, and the number of kept peers is limited', () => {
  const peerOf = createPeers(2)
  assert.equal(peerOf(''), undefined)
  const first = peerOf('8.8.8.8')
  assert.equal(peerOf('8.8.8.8'), first)
  peerOf('8.8.8.9')
  peerOf('8.8.8.10')
  assert.notEqual(peerOf('8.8.8.8'), first)
  assert.deepEqual(peerOf('8.8.8.8'), first)
})
