import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopbackPeer } from './loopback-peer.ts'

test('loopback is 127.0.0.0/8 and ::1, also on sockets of both families', () => {
  for (const peer of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopbackPeer(peer), peer)
  for (const peer of ['172.17.0.2', '::ffff:172.17.0.2', 'fd00::1', '12.7.0.0', ''])
    assert.ok(!isLoopbackPeer(peer), peer)
})
