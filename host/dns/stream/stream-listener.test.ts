import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type tls from 'node:tls'
import { waitFor } from '../../../test/wait-for.ts'
import { type Certificate, unstoredCertificate } from '../../tls/development-certificate.ts'
import type { DnsRequest } from '../handler.ts'
import { connectStream, startEcho } from './stream-client.case.ts'

const query = Uint8Array.of(0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)

let certificate: Certificate
let trusting: tls.ConnectionOptions
/** Clients of this certificate's CA, which ask for localhost. */
const trust = ({ certPem }: Certificate): tls.ConnectionOptions => ({ ca: certPem, servername: 'localhost' })

before(async () => {
  certificate = await unstoredCertificate(['*.dns.example.com'])
  trusting = trust(certificate)
})

test('the handler gets the server name that the client asks for', async (t) => {
  const seen: DnsRequest[] = []
  const server = await startEcho({
    tls: certificate,
    handler: (request) => {
      seen.push(request)
      return Promise.resolve(request.bytes)
    },
  })
  t.after(() => server.close(0))
  for (const servername of ['a.dns.example.com', '']) {
    const client = await connectStream(server, {
      ...trusting,
      servername,
      checkServerIdentity: () => undefined,
    })
    client.send(query)
    assert.deepEqual(await client.receive(), query)
    client.socket.end()
  }
  assert.deepEqual(
    seen.map(({ transport, peer, serverName }) => ({ transport, peer, serverName })),
    ['a.dns.example.com', undefined].map((serverName) => ({
      transport: 'dot',
      peer: '127.0.0.1',
      serverName,
    })),
  )
})

test('a client with ALPN must offer dot; one without ALPN is answered', async (t) => {
  const server = await startEcho({ tls: certificate })
  t.after(() => server.close(0))
  for (const ALPNProtocols of [['dot'], ['h2', 'dot'], undefined]) {
    const client = await connectStream(server, { ...trusting, ...(ALPNProtocols && { ALPNProtocols }) })
    assert.equal((client.socket as tls.TLSSocket).alpnProtocol, ALPNProtocols ? 'dot' : false)
    client.send(query)
    assert.deepEqual(await client.receive(), query)
    client.socket.end()
  }
  await assert.rejects(
    connectStream(server, { ...trusting, ALPNProtocols: ['h2', 'http/1.1'] }),
    (error) => error instanceof Error && /no application protocol/i.test(error.message),
  )
})

test('TLS 1.2 is spoken, and nothing older', async (t) => {
  const server = await startEcho({ tls: certificate })
  t.after(() => server.close(0))
  const only = (version: tls.SecureVersion): tls.ConnectionOptions => ({
    ...{ ...trusting, minVersion: version, maxVersion: version },
    ...(version === 'TLSv1.1' && { ciphers: 'DEFAULT@SECLEVEL=0' }),
  })
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const client = await connectStream(server, only(version))
    client.send(query)
    assert.deepEqual(await client.receive(), query)
    client.socket.end()
  }
  await assert.rejects(connectStream(server, only('TLSv1.1')), /protocol version|unsupported protocol/i)
})

test('a session is resumed for the same server name, and for no other one', async (t) => {
  const names: (string | undefined)[] = []
  const server = await startEcho({
    tls: certificate,
    handler: ({ bytes, serverName }) => {
      names.push(serverName)
      return Promise.resolve(bytes)
    },
  })
  t.after(() => server.close(0))
  const options = { ...trusting, checkServerIdentity: () => undefined }
  const [own, other] = ['a.dns.example.com', 'b.dns.example.com']
  const first = await connectStream(server, { ...options, servername: own })
  const ticket = once(first.socket, 'session')
  first.send(query)
  await first.receive()
  const [session] = (await ticket) as [Buffer]
  for (const servername of [own, other]) {
    const again = await connectStream(server, { ...options, servername, session })
    assert.equal((again.socket as tls.TLSSocket).isSessionReused(), servername === own)
    again.send(query)
    await again.receive()
  }
  assert.deepEqual(names, [own, own, other])
})

test('new connections get a renewed certificate, and open ones stay', async (t) => {
  const server = await startEcho({ tls: certificate })
  t.after(() => server.close(0))
  const old = await connectStream(server, trusting)
  const other = await unstoredCertificate([])
  server.renew(other)
  await assert.rejects(connectStream(server, trusting))
  const fresh = await connectStream(server, trust(other))
  for (const client of [old, fresh]) {
    client.send(query)
    assert.deepEqual(await client.receive(), query)
  }
})

test('a client that closes its sending side gets its answers', async (t) => {
  const answer = Promise.withResolvers<void>()
  const server = await startEcho({
    tls: certificate,
    handler: ({ bytes }) => answer.promise.then(() => bytes),
  })
  t.after(() => server.close(0))
  const client = await connectStream(server, trusting)
  client.send(query, query)
  client.socket.end()
  await sleep(100)
  answer.resolve()
  assert.deepEqual([await client.receive(), await client.receive()], [query, query])
  assert.equal(await client.receive(), undefined)
})

test('a client that reads nothing is not read, and is disconnected after sendMs', async (t) => {
  let answered = 0
  const handler = () => {
    answered++
    return Promise.resolve(new Uint8Array(60_000))
  }
  const server = await startEcho({ tls: certificate, handler, limits: { sendMs: 300, sweepMs: 20 } })
  t.after(() => server.close(0))
  const client = await connectStream(server, trusting)
  client.socket.pause()
  client.send(...Array.from({ length: 2_000 }, () => query))
  await sleep(1_000)
  assert.ok(answered < 500, `${answered} queries of 60,000 bytes each`)
  client.socket.resume()
  await client.closed
})

test('a closed connection gives its place back', async (t) => {
  const server = await startEcho({ tls: certificate, limits: { maxConnections: 1 } })
  t.after(() => server.close(0))
  for (let index = 0; index < 3; index++) {
    const client = await connectStream(server, trusting)
    client.send(query)
    assert.deepEqual(await client.receive(), query)
    client.socket.end()
    await client.closed
  }
})

test('a client that does not begin the handshake is closed after handshakeMs, or for a new one', async (t) => {
  const server = await startEcho({ tls: certificate, limits: { handshakeMs: 200, maxConnections: 2 } })
  t.after(() => server.close(0))
  let closed = 0
  for (let index = 0; index < 3; index++) {
    const socket = net.connect(server)
    socket.on('error', () => {})
    socket.on('close', () => closed++)
    socket.resume()
    await once(socket, 'connect')
  }
  await waitFor('the first', () => closed >= 1)
  const client = await connectStream(server, trusting)
  client.send(query)
  assert.deepEqual(await client.receive(), query)
  await waitFor('all three', () => closed === 3)
})

test('close ends handshakes, and connections after their answers', async () => {
  const answer = Promise.withResolvers<void>()
  const server = await startEcho({
    tls: certificate,
    handler: ({ bytes }) => answer.promise.then(() => bytes),
  })
  const shaking = net.connect(server)
  shaking.on('error', () => {})
  const shakingClosed = once(shaking, 'close')
  shaking.resume()
  const client = await connectStream(server, trusting)
  client.send(query)
  await sleep(100)
  const closed = server.close(10_000)
  await shakingClosed
  answer.resolve()
  assert.deepEqual(await client.receive(), query)
  await closed
})
