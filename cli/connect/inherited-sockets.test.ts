import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairsOf, passedDescriptors } from './inherited-sockets.ts'
import type { BoundSocket } from './proc-sockets.ts'

const socket = (protocol: 'udp' | 'tcp', port = 53): BoundSocket => ({
  ...{ protocol, port, host: '127.0.0.1', inode: '1', uid: 0 },
})

test('descriptors count from 3, and are for one process', () => {
  assert.deepEqual(passedDescriptors({ LISTEN_FDS: '2', LISTEN_PID: '7' }, 7), [3, 4])
  assert.deepEqual(passedDescriptors({ LISTEN_FDS: '2', LISTEN_PID: '8' }, 7), [])
  assert.deepEqual(passedDescriptors({}, 7), [])
})

test('UDP and TCP of one address are a pair', () => {
  const [first, second, third, fourth] = [socket('tcp'), socket('udp'), socket('udp', 54), socket('tcp', 54)]
  const passed = [first, second, third, fourth].map((each, at) => ({ descriptor: 3 + at, socket: each }))
  assert.deepEqual(pairsOf(passed), [
    { host: '127.0.0.1', port: 53, inherited: { udp: 4, tcp: 3 } },
    { host: '127.0.0.1', port: 54, inherited: { udp: 5, tcp: 6 } },
  ])
})

test('a socket without its pair, and another descriptor, are refused', () => {
  assert.throws(() => pairsOf([{ descriptor: 3, socket: socket('udp') }]), /add ListenStream=/)
  assert.throws(() => pairsOf([{ descriptor: 3, socket: socket('tcp') }]), /add ListenDatagram=/)
  assert.throws(() => pairsOf([{ descriptor: 3, socket: undefined }]), /descriptor 3/)
})
