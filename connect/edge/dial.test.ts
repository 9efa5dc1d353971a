import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { before, type TestContext, test } from 'node:test'
import { unstoredCertificate } from '../../host/tls/development-certificate.ts'
import { waitFor } from '../../test/wait-for.ts'
import type { Connection, EdgeRequest } from './connection.ts'
import { dial } from './dial.ts'
import { createEdgeAddresses } from './edge-addresses.ts'
import { edgePlace } from './edge-place.ts'

const request: EdgeRequest = {
  method: 'POST',
  path: '/x',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('ask'),
}
let tls: { readonly cert: string; readonly key: string }
let ca: string

before(async () => {
  const { certPem, keyPem } = await unstoredCertificate(['edge.example.com'])
  tls = { cert: certPem, key: keyPem }
  ca = certPem.slice(certPem.lastIndexOf('-----BEGIN'))
})

async function listen(t: TestContext, server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Dials a URL whose host has the address 127.0.0.1, whatever its name. */
async function dialUrl(t: TestContext, url: string, now: () => number = Date.now): Promise<Connection> {
  const place = edgePlace(new URL(url))
  const addresses = createEdgeAddresses({
    hostname: place.hostname,
    given: [],
    last: [],
    lookUp: async () => ['127.0.0.1'],
    onFound: () => undefined,
  })
  const connection = await dial({ place, addresses, ca, now })
  t.after(() => connection.destroy())
  return connection
}

/** An HTTP/2 server that answers each stream with its body, and its sessions. */
async function startH2(t: TestContext, options: http2.SecureServerOptions = {}) {
  const server = http2.createSecureServer({ ...tls, ...options })
  const sessions: ServerHttp2Session[] = []
  server.on('session', (session) => sessions.push(session))
  t.after(() => sessions.forEach((session) => session.destroy()))
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 200, 'content-type': 'Text/Plain; charset=utf-8' })
    stream.pipe(stream)
  })
  return { port: await listen(t, server), sessions }
}

test('HTTP/2 over TLS, to a looked-up address', async (t) => {
  const { port } = await startH2(t)
  const connection = await dialUrl(t, `https://edge.example.com:${port}/dns-query`)
  assert.deepEqual([connection.protocol, connection.address], ['HTTP/2', '127.0.0.1'])
  const { status, mediaType, bytes } = await connection.send(request)
  assert.deepEqual([status, mediaType, Buffer.from(bytes).toString()], [200, 'text/plain', 'ask'])
})

test('HTTP/1.1 over TLS where the edge has no HTTP/2, and for an http URL', async (t) => {
  const answer: http.RequestListener = (incoming, response) => {
    response.setHeader('content-type', 'text/plain')
    incoming.pipe(response)
  }
  const secure = await listen(t, https.createServer(tls, answer))
  const plain = await listen(t, http.createServer(answer))
  for (const url of [`https://edge.example.com:${secure}/`, `http://localhost:${plain}/`]) {
    const connection = await dialUrl(t, url)
    assert.equal(connection.protocol, 'HTTP/1.1')
    const answers = await Promise.all([1, 2, 3].map(() => connection.send(request)))
    assert.deepEqual(
      answers.map(({ status, mediaType, bytes }) => [status, mediaType, Buffer.from(bytes).toString()]),
      [1, 2, 3].map(() => [200, 'text/plain', 'ask']),
    )
  }
})

test('a redirect is a response, and nothing is asked at its target', async (t) => {
  const paths: string[] = []
  const port = await listen(
    t,
    https.createServer(tls, (incoming, response) => {
      paths.push(incoming.url ?? '')
      response.writeHead(302, { location: '/other' }).end()
    }),
  )
  const connection = await dialUrl(t, `https://edge.example.com:${port}/`)
  assert.equal((await connection.send(request)).status, 302)
  assert.deepEqual(paths, ['/x'])
})

test('a server without TLS gets no request, and one with another certificate neither', async (t) => {
  const received: string[] = []
  const port = await listen(
    t,
    net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        received.push(bytes.toString('latin1'))
        socket.end('HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\n\r\n')
      })
    }),
  )
  await assert.rejects(dialUrl(t, `https://edge.example.com:${port}/dns-query/secret`), {
    code: 'CONNECT_FAILED',
  })
  assert.ok(received.every((text) => !text.includes('secret') && !text.includes('GET')))
  const { port: other } = await startH2(t)
  await assert.rejects(dialUrl(t, `https://portal.example:${other}/`), { code: 'CERTIFICATE_UNTRUSTED' })
})

test('a connection that the edge closes is dead while its last requests are answered', async (t) => {
  const { port, sessions } = await startH2(t)
  const connection = await dialUrl(t, `https://edge.example.com:${port}/`)
  const last = connection.send(request)
  await last
  sessions[0]?.goaway(0)
  await connection.ended
  await waitFor('the connection is dead', () => connection.isDead())
})

test('a connection that is destroyed is dead, and its requests reject', async (t) => {
  const { port, sessions } = await startH2(t)
  const connection = await dialUrl(t, `https://edge.example.com:${port}/`)
  await connection.send(request)
  sessions[0]?.destroy()
  await connection.ended
  assert.ok(connection.isDead())
  await assert.rejects(connection.send(request))
})

test('the streams are limited by the settings of the edge', async (t) => {
  const { port } = await startH2(t, { settings: { maxConcurrentStreams: 7 } })
  const connection = await dialUrl(t, `https://edge.example.com:${port}/`)
  assert.equal(connection.maxInFlight(), 7)
})

test('a PING that is not answered in time ends the connection', async (t) => {
  const { port } = await startH2(t)
  // A relay that can stop passing bytes, as a network that drops packets does.
  let isCut = false
  const relay = await listen(
    t,
    net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1')
      for (const socket of [near, far]) socket.on('error', () => {})
      near.on('data', (bytes) => isCut || far.write(bytes))
      far.on('data', (bytes) => isCut || near.write(bytes))
      near.on('close', () => far.destroy())
      t.after(() => near.destroy())
    }),
  )
  const connection = await dialUrl(t, `https://edge.example.com:${relay}/`)
  await connection.send(request)
  const heardMs = connection.lastHeardMs()
  connection.probe()
  await waitFor('the PING is answered', () => connection.lastHeardMs() > heardMs)
  isCut = true
  const waiting = assert.rejects(connection.send(request))
  connection.probe()
  await connection.ended
  assert.ok(connection.isDead())
  await waiting
})
