import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type BunUdpSocket, openWith } from './bun-datagrams.ts'
import type { Source } from './datagrams.ts'

type Handlers = Parameters<BunUdpSocket>[0]['socket']

/** Bun's socket, which takes as many datagrams as the test allows and records them. */
function bunSocket() {
  const world = { room: 1_000, refuses: false, closed: 0 }
  const sent: (readonly (Uint8Array | number | string)[])[] = []
  const handlers: Handlers[] = []
  const socket = {
    port: 5353,
    fd: 9,
    sendMany(packets: readonly (Uint8Array | number | string)[]): number {
      if (world.refuses) throw new Error('EACCES')
      const count = Math.min(world.room, packets.length / 3)
      if (count > 0) sent.push(packets.slice(0, 3 * count))
      return count
    },
    close: () => void world.closed++,
  }
  const udpSocket: BunUdpSocket = async (options) => {
    handlers.push(options.socket)
    return socket
  }
  return { world, sent, handlers, socket, udpSocket }
}

function lengths(sent: readonly (readonly unknown[])[]): number[] {
  return sent.map((packets) => packets.length / 3)
}

const listen = { host: '127.0.0.1', port: 0 }
const a = Buffer.from('a')
const b = Buffer.from('b')

test('datagrams arrive with their source, and answers of one turn are sent together', async () => {
  const { sent, handlers, socket, udpSocket } = bunSocket()
  const sources: Source[] = []
  const message = (datagram: Uint8Array, source: Source): void => {
    sources.push(source)
    datagrams.send(datagram, source.port, source.address)
  }
  const datagrams = await openWith(udpSocket, listen, { message, failed: assert.fail })
  assert.equal(datagrams.port, 5353)
  handlers[0]?.data(socket, a, 1111, '127.0.0.2')
  handlers[0]?.data(socket, b, 2222, '127.0.0.3')
  assert.deepEqual(sent, [])
  await nextTurn()
  assert.deepEqual(sent, [[a, 1111, '127.0.0.2', b, 2222, '127.0.0.3']])
  assert.deepEqual(sources[0], { address: '127.0.0.2', port: 1111 })
})

test('a burst is sent in parts, while it is read', async () => {
  const { sent, udpSocket } = bunSocket()
  const datagrams = await openWith(udpSocket, listen, { message: () => {}, failed: assert.fail })
  for (let count = 0; count < 300; count++) datagrams.send(a, 1, '127.0.0.1')
  assert.deepEqual(lengths(sent), [128, 128])
  await nextTurn()
  assert.deepEqual(lengths(sent), [128, 128, 44])
})

test('answers that the system cannot take now are sent when it can, and refused ones are lost', async () => {
  const { world, sent, handlers, udpSocket } = bunSocket()
  const datagrams = await openWith(udpSocket, listen, { message: () => {}, failed: assert.fail })
  world.room = 1
  datagrams.send(a, 1, '127.0.0.1')
  datagrams.send(b, 2, '127.0.0.1')
  await nextTurn()
  world.room = 1_000
  handlers[0]?.drain()
  assert.deepEqual(sent, [
    [a, 1, '127.0.0.1'],
    [b, 2, '127.0.0.1'],
  ])
  world.refuses = true
  datagrams.send(a, 1, '127.0.0.1')
  await nextTurn()
  world.refuses = false
  datagrams.send(b, 2, '127.0.0.1')
  await nextTurn()
  assert.equal(sent.length, 3)
})

test('an error is reported unless it is about an answer, and a socket that closes sends its last answers', async () => {
  const { world, sent, handlers, udpSocket } = bunSocket()
  const errors: string[] = []
  const failed = ({ message }: Error): void => void errors.push(message)
  const datagrams = await openWith(udpSocket, listen, { message: () => {}, failed })
  handlers[0]?.error(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
  handlers[0]?.error(new Error('ENOBUFS'))
  datagrams.send(a, 1, '127.0.0.1')
  await datagrams.close()
  await datagrams.close()
  assert.deepEqual([errors, sent.length, world.closed], [['ENOBUFS'], 1, 1])
})
