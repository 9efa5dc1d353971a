import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../../test/wait-for.ts'
import { HostError } from '../../errors.ts'
import { type DatagramEvents, type OpenDatagrams, openDatagrams } from './datagrams.ts'
import { exchangeDatagrams, keptLog } from './udp-client.case.ts'
import { type OnDatagram, openUdpSocket } from './udp-socket.ts'

const echo: OnDatagram = (datagram, { address, port }, socket) => socket.send(datagram, port, address)
const loopback = { host: '127.0.0.1', port: 0 }
const hello = Buffer.from('hello')

/** Opens sockets, and records their events so that a test can let them fail. */
function recorded(): { readonly made: DatagramEvents[]; readonly open: OpenDatagrams } {
  const made: DatagramEvents[] = []
  return {
    made,
    open(listen, events) {
      made.push(events)
      return openDatagrams(listen, events)
    },
  }
}

test('a datagram is received and answered, over IPv4 and IPv6', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const socket = await openUdpSocket({ host, port: 0 }, echo, keptLog())
    const [received] = await exchangeDatagrams({ host, port: socket.port }, [hello])
    assert.deepEqual(received, { bytes: hello, address: host, port: socket.port })
    await socket.close()
  }
})

test('a port that is in use is refused, with the address and the transport', async () => {
  const socket = await openUdpSocket(loopback, echo, keptLog())
  const listen = { host: '127.0.0.1', port: socket.port }
  await assert.rejects(
    openUdpSocket(listen, echo, keptLog()),
    (error) =>
      error instanceof HostError &&
      error.code === 'LISTEN_IN_USE' &&
      error.message === `cannot listen on 127.0.0.1:${socket.port} (UDP): another process listens on it`,
  )
  await socket.close()
  await (await openUdpSocket(listen, echo, keptLog())).close()
})

test('an address of another machine is refused', async () => {
  await assert.rejects(
    openUdpSocket({ host: '192.0.2.1', port: 0 }, echo, keptLog()),
    (error) => error instanceof HostError && error.code === 'LISTEN_ADDRESS',
  )
})

test('a datagram from port 0 is not answered and harms nothing', async () => {
  const socket = await openUdpSocket(loopback, echo, keptLog())
  socket.send(hello, 0, '127.0.0.1')
  assert.equal((await exchangeDatagrams({ ...loopback, port: socket.port }, [hello])).length, 1)
  await socket.close()
  socket.send(hello, 53, '127.0.0.1')
})

test('a socket that fails is logged and opened again on its port', async () => {
  const { made, open } = recorded()
  const log = keptLog()
  const socket = await openUdpSocket(loopback, echo, log, open)
  made[0]?.failed(new Error('recvmsg ENOBUFS'))
  // Nothing is sent while the socket is closed.
  socket.send(hello, 53, '127.0.0.1')
  await waitFor('the socket is open again', () =>
    log.messages.some((message) => message.startsWith('UDP socket opened again')),
  )
  assert.equal(made.length, 2)
  assert.match(log.messages[0] ?? '', /^UDP socket failed .*recvmsg ENOBUFS/)
  assert.equal((await exchangeDatagrams({ ...loopback, port: socket.port }, [hello])).length, 1)
  await socket.close()
})

test('a socket that is closed while it is being opened again stays closed', async () => {
  const { made, open } = recorded()
  const socket = await openUdpSocket(loopback, echo, keptLog(), open)
  made[0]?.failed(new Error('broken'))
  await socket.close()
  await (await openUdpSocket({ ...loopback, port: socket.port }, echo, keptLog())).close()
  assert.equal(made.length, 1)
})
