import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { test } from 'node:test'
import { networkOf } from '../../worker/limit/network.ts'
import { peerAddress } from './peer-address.ts'

test('an open socket has the address of its peer', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  assert.equal(peerAddress(socket), '127.0.0.1')
  client.destroy()
  socket.destroy()
  server.close()
})

test('a session of HTTP/2 has the address of its peer', async () => {
  const server = http2.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`)
  const [session] = (await once(server, 'session')) as [http2.ServerHttp2Session]
  assert.equal(peerAddress(session.socket), '127.0.0.1')
  client.destroy()
  session.destroy()
  server.close()
})

test('a client that has left is limited, too', () => {
  assert.notEqual(networkOf(peerAddress(new net.Socket())), undefined)
})
