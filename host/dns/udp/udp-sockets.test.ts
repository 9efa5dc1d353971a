import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { waitFor } from '../../../test/wait-for.ts'
import { HostError } from '../../errors.ts'
import type { Interfaces } from './local-addresses.ts'
import { exchangeDatagrams, keptLog } from './udp-client.case.ts'
import { type OnDatagram, openUdpSocket } from './udp-socket.ts'
import { openUdpSockets } from './udp-sockets.ts'

const echo: OnDatagram = (datagram, { address, port }, socket) => socket.send(datagram, port, address)
const hello = Buffer.from('hello')

function v4(address: string): NetworkInterfaceInfo {
  return { address, family: 'IPv4', netmask: '', mac: '', internal: true, cidr: null }
}

/** A machine whose IPv4 addresses change, and a log. */
function machine(...first: readonly string[]) {
  let addresses = first
  const interfaces = (): Interfaces => ({ lo: addresses.map(v4) })
  const set = (...next: readonly string[]): void => void (addresses = next)
  return { world: { interfaces, checkEveryMs: 20 }, set, log: keptLog() }
}

test('on a wildcard address, an answer comes from the address that was asked', async () => {
  const { world, log } = machine('127.0.0.1', '127.0.0.2', '127.9.9.9')
  const sockets = await openUdpSockets({ host: '0.0.0.0', port: 0 }, echo, log, world)
  for (const host of ['127.0.0.1', '127.0.0.2', '127.9.9.9']) {
    const [received] = await exchangeDatagrams({ host, port: sockets.port }, [hello])
    assert.equal(received?.address, host)
  }
  await sockets.close()
})

test('an address that the machine gets is answered, and one that it loses is not', async () => {
  const { world, set, log } = machine('127.0.0.1')
  const sockets = await openUdpSockets({ host: '0.0.0.0', port: 0 }, echo, log, world)
  const at = (host: string) => ({ host, port: sockets.port })
  assert.equal((await exchangeDatagrams(at('127.0.0.2'), [hello], { waitMs: 50 })).length, 0)
  set('127.0.0.2')
  await waitFor('the addresses are followed', () => sockets.addresses().join() === '127.0.0.2')
  assert.equal((await exchangeDatagrams(at('127.0.0.2'), [hello])).length, 1)
  assert.equal((await exchangeDatagrams(at('127.0.0.1'), [hello], { waitMs: 50 })).length, 0)
  assert.deepEqual(
    log.messages.map((message) => message.split(' {')[0]),
    ['stopped listening: the address is gone', 'listening on a new address'],
  )
  await sockets.close()
})

test('an address whose port another process has later is reported once and tried again', async () => {
  const { world, set, log } = machine('127.0.0.1')
  const sockets = await openUdpSockets({ host: '0.0.0.0', port: 0 }, echo, log, world)
  const other = await openUdpSocket({ host: '127.0.0.2', port: sockets.port }, echo, log)
  set('127.0.0.1', '127.0.0.2')
  await waitFor('the addresses are followed', () => log.messages.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(log.messages.length, 1)
  assert.match(log.messages[0] ?? '', /^cannot listen on a new address .*127\.0\.0\.2/)
  await other.close()
  await waitFor('the addresses are followed', () => sockets.addresses().length === 2)
  await sockets.close()
})

test('at the start, a port that is in use on one address is an error, and no socket stays open', async () => {
  const { world, log } = machine('127.0.0.1', '127.0.0.2')
  const other = await openUdpSocket({ host: '127.0.0.2', port: 0 }, echo, log)
  const listen = { host: '0.0.0.0', port: other.port }
  await assert.rejects(
    openUdpSockets(listen, echo, log, world),
    (error) => error instanceof HostError && /127\.0\.0\.2:[0-9]+ \(UDP\)/.test(error.message),
  )
  await other.close()
  await (await openUdpSockets(listen, echo, log, world)).close()
})

test('an address that cannot be used yet is answered later', async () => {
  const { world, set, log } = machine('127.0.0.1', '192.0.2.1')
  const sockets = await openUdpSockets({ host: '0.0.0.0', port: 0 }, echo, log, world)
  assert.deepEqual(sockets.addresses(), ['127.0.0.1'])
  set('127.0.0.1', '127.0.0.3')
  await waitFor('the addresses are followed', () => sockets.addresses().length === 2)
  await sockets.close()
})

test('without a wildcard, the address is listened on whatever the interfaces are', async () => {
  const { world, set, log } = machine()
  const sockets = await openUdpSockets({ host: '127.0.0.4', port: 0 }, echo, log, world)
  set('127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 60))
  assert.deepEqual(sockets.addresses(), ['127.0.0.4'])
  await sockets.close()
})
