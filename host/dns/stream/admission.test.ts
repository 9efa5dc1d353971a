import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { createSilentMeter } from '../../../worker/report/silent-meter.ts'
import { createAdmission, type Slot } from './admission.ts'
import { createDeadlineSet } from './deadline-set.ts'
import { defaultTcpLimits } from './tcp-limits.ts'

/** A socket of this address, which closes at once when it is destroyed. */
function socketOf(remoteAddress: string | undefined): Socket & { isDestroyed: boolean } {
  const socket = Object.assign(new EventEmitter(), { remoteAddress, isDestroyed: false, destroy })
  function destroy(): void {
    if (socket.isDestroyed) return
    socket.isDestroyed = true
    socket.emit('close')
  }
  return socket as unknown as Socket & { isDestroyed: boolean }
}

function admissionOf(maxConnections: number, maxConnectionsPerSource: number) {
  let nowMs = 0
  const idle = createDeadlineSet<Slot>(1_000, () => nowMs++)
  const limits = { ...defaultTcpLimits, maxConnections, maxConnectionsPerSource }
  const counted: string[] = []
  const meter = {
    ...createSilentMeter({ now: () => 0 }),
    connected: (transport: string) => void counted.push(`${transport} opened`),
    disconnected: (transport: string) => void counted.push(`${transport} closed`),
    limited: (limit: string) => void counted.push(limit),
  }
  return { ...createAdmission(limits, idle, 'tcp', meter), idle, counted }
}

test('a full server closes the connection that has been idle for longest', () => {
  const { admit, slots, idle } = admissionOf(2, 10)
  const [first, second, third] = [socketOf('192.0.2.1'), socketOf('192.0.2.2'), socketOf('192.0.2.3')]
  const firstSlot = admit(first)
  admit(second)
  assert.ok(firstSlot)
  idle.start(firstSlot)
  assert.ok(admit(third))
  assert.deepEqual(
    [first, second, third].map(({ isDestroyed }) => isDestroyed),
    [false, true, false],
  )
  assert.equal(slots.size, 2)
})

test('a full server of which every connection has a query closes the new one', () => {
  const { admit, slots, idle } = admissionOf(1, 10)
  const busy = admit(socketOf('192.0.2.1'))
  assert.ok(busy)
  idle.stop(busy)
  const late = socketOf('192.0.2.2')
  assert.equal(admit(late), undefined)
  assert.equal(late.isDestroyed, true)
  assert.equal(slots.size, 1)
})

test('one address, or one IPv6 /64, has a limited number of connections, and gets them back', () => {
  const { admit } = admissionOf(100, 2)
  const first = socketOf('192.0.2.1')
  assert.ok(admit(first))
  assert.ok(admit(socketOf('::ffff:192.0.2.1')))
  assert.equal(admit(socketOf('192.0.2.1')), undefined)
  assert.ok(admit(socketOf('192.0.2.2')))
  assert.ok(admit(socketOf('2001:db8::1')) && admit(socketOf('2001:db8::2')))
  assert.equal(admit(socketOf('2001:db8::3')), undefined)
  first.destroy()
  assert.ok(admit(socketOf('192.0.2.1')))
})

test('connections, and those that are closed because of a limit, are counted', () => {
  const { admit, counted } = admissionOf(2, 1)
  const first = socketOf('192.0.2.1')
  admit(first)
  admit(socketOf('192.0.2.1'))
  assert.deepEqual(counted.splice(0), ['tcp opened', 'source_connections'])
  admit(socketOf('192.0.2.2'))
  admit(socketOf('192.0.2.3'))
  assert.deepEqual(counted.splice(0), ['tcp opened', 'connections', 'tcp closed', 'tcp opened'])
})

test('connections of loopback are limited only in all', () => {
  const { admit, slots } = admissionOf(100, 1)
  for (let index = 0; index < 5; index++) assert.ok(admit(socketOf('127.0.0.1')))
  assert.equal(slots.size, 5)
})

test('a client that has left before it is admitted gets no place', () => {
  const { admit, slots } = admissionOf(100, 1)
  const socket = socketOf(undefined)
  assert.equal(admit(socket), undefined)
  assert.equal(socket.isDestroyed, true)
  assert.equal(slots.size, 0)
})
