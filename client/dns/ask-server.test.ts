import assert from 'node:assert/strict'
import dgram, { type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { createFrameReader, frame } from '../../host/dns/stream/framing.ts'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { askServer, type ServerQuestion } from './ask-server.ts'
import { readServer } from './server-place.ts'

/** A query → the same as a reply, with flags added to its second word. */
function replyTo(query: Uint8Array, flags = 0): Uint8Array {
  const bytes = new Uint8Array(query)
  bytes[2] = (bytes[2] ?? 0) | 0x80 | (flags >> 8)
  return bytes
}

const truncated = 0x0200

function ask(port: number, more: Partial<ServerQuestion> = {}): ReturnType<typeof askServer> {
  return askServer({
    place: readServer(`127.0.0.1:${port}`, 53),
    transport: 'udp',
    name: 'web.default.svc.cluster.local',
    type: 'A',
    edns: true,
    id: 0xabcd,
    timeoutMs: 20_000,
    now: Date.now,
    ...more,
  })
}

/** Starts a UDP server on a free port, which `receive` answers for. */
async function startUdp(
  t: TestContext,
  receive: (socket: Socket, query: Uint8Array, from: RemoteInfo) => void,
  port = 0,
): Promise<number> {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (query, from) => receive(socket, query, from))
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return socket.address().port
}

/** Starts a TCP server, or a TLS server with options, that writes for each query the bytes of `answers`. */
async function startStream(
  t: TestContext,
  answers: (query: Uint8Array, socket: net.Socket) => readonly Uint8Array[],
  secure?: tls.TlsOptions,
): Promise<number> {
  const accept = (socket: net.Socket): void => {
    const frames = createFrameReader(65_535)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      for (let query = frames.next(); query; query = frames.next())
        for (const bytes of answers(query, socket)) socket.write(frame(bytes))
    })
  }
  const server = secure ? tls.createServer(secure, accept) : net.createServer(accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('UDP: the query has the ID and an OPT with 1232 bytes; the answer names server and transport', async (t) => {
  let seen = Buffer.alloc(0)
  const port = await startUdp(t, (socket, query, { port: to, address }) => {
    seen = Buffer.from(query)
    socket.send(replyTo(query), to, address)
  })
  const { message, server, ms } = await ask(port)
  assert.equal(message.id, 0xabcd)
  assert.equal(server, `127.0.0.1#${port}(127.0.0.1) (UDP)`)
  assert.ok(ms >= 0)
  assert.equal(seen.readUInt16BE(0), 0xabcd)
  assert.deepEqual([...seen.subarray(-11)], [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0])
})

test('UDP: messages with another ID or question and datagrams of another source are ignored', async (t) => {
  const stranger = dgram.createSocket('udp4')
  stranger.bind(0, '127.0.0.1')
  await once(stranger, 'listening')
  t.after(() => stranger.close())
  const port = await startUdp(t, (socket, query, { port: to, address }) => {
    const forged = replyTo(query)
    forged[3] = 0x03
    const otherId = replyTo(query)
    otherId[0] = 0
    const otherName = replyTo(query)
    otherName[13] = 'x'.charCodeAt(0)
    stranger.send(forged, to, address, () => {
      for (const bytes of [otherId, otherName, replyTo(query)]) socket.send(bytes, to, address)
    })
  })
  assert.equal((await ask(port)).message.flags & 0xf, 0)
})

test('UDP: a lost query is sent again', async (t) => {
  let count = 0
  const port = await startUdp(t, (socket, query, { port: to, address }) => {
    if (++count === 2) socket.send(replyTo(query), to, address)
  })
  await ask(port, { timeoutMs: 3_000 })
  assert.equal(count, 2)
})

test('UDP: silence ends with TIMEOUT, and the error tells what was ignored', async (t) => {
  const port = await startUdp(t, () => {})
  await assert.rejects(ask(port, { timeoutMs: 100 }), {
    code: 'TIMEOUT',
    message: `127.0.0.1:${port} did not answer within 100 ms`,
  })
  const wrong = await startUdp(t, (socket, query, { port: to, address }) => socket.send(query, to, address))
  await assert.rejects(ask(wrong, { timeoutMs: 200 }), { code: 'TIMEOUT', message: /ignored: not a reply$/ })
})

test('UDP: a server that floods with other messages ends the query', async (t) => {
  const port = await startUdp(t, (socket, query, { port: to, address }) => {
    for (let count = 0; count < 200; count++) socket.send(query, to, address)
  })
  await assert.rejects(ask(port), { code: 'ANSWER_INVALID', message: /sent 101 messages/ })
})

test('a truncated answer over UDP is asked for again over TCP', async (t) => {
  const port = await startStream(t, (query) => [replyTo(query)])
  await startUdp(
    t,
    (socket, query, from) => socket.send(replyTo(query, truncated), from.port, from.address),
    port,
  )
  const { message, server } = await ask(port)
  assert.equal(message.flags & truncated, 0)
  assert.match(server, /\(TCP\)$/)
})

test('TCP: the answer is found behind other messages', async (t) => {
  const port = await startStream(t, (query) => [new Uint8Array(0), query, replyTo(query)])
  assert.match((await ask(port, { transport: 'tcp' })).server, /\(TCP\)$/)
})

test('TCP: a connection that closes without an answer, and no listener, are named', async (t) => {
  const port = await startStream(t, (_, socket) => {
    socket.destroy()
    return []
  })
  await assert.rejects(ask(port, { transport: 'tcp' }), { code: 'CONNECT_FAILED' })
  for (const transport of ['udp', 'tcp'] as const)
    await assert.rejects(ask(port, { transport, place: readServer(`127.0.0.9:${port}`, 53) }), {
      code: 'CONNECT_REFUSED',
      message: new RegExp(`nothing listens on 127.0.0.9:${port}`),
    })
  const silent = await startStream(t, () => [])
  await assert.rejects(ask(silent, { transport: 'tcp', timeoutMs: 100 }), { code: 'TIMEOUT' })
})

describe('TLS', () => {
  let dir: string
  let caFile: string
  let secure: tls.TlsOptions
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-dot-client-'))
    const certificate = await developmentCertificate(dir, ['dns.example.com', '*.dns.example.com'])
    caFile = certificate.caFile
    secure = { cert: certificate.certPem, key: certificate.keyPem, ALPNProtocols: ['dot'] }
  })
  after(() => rm(dir, { recursive: true }))

  const askTls = (port: number, more: Partial<ServerQuestion> = {}): ReturnType<typeof askServer> =>
    ask(port, { transport: 'tls', caFile, ...more })

  test('the query is padded to 128 bytes; SNI is the name of --tls-host', async (t) => {
    const seen: unknown[] = []
    const port = await startStream(
      t,
      (query, socket) => {
        seen.push(query.length, (socket as tls.TLSSocket & { servername: unknown }).servername)
        return [replyTo(query)]
      },
      secure,
    )
    const { server } = await askTls(port, { tlsHost: 'token.dns.example.com' })
    assert.match(server, /\(TLS\)$/)
    await askTls(port)
    await askTls(port, { place: readServer(`localhost:${port}`, 853) })
    assert.deepEqual(seen, [128, 'token.dns.example.com', 128, false, 128, 'localhost'])
  })

  test('a certificate of an unknown authority, and one for another name, are rejected', async (t) => {
    const port = await startStream(t, (query) => [replyTo(query)], secure)
    await assert.rejects(askTls(port, { caFile: undefined }), {
      code: 'CERTIFICATE_UNTRUSTED',
      message: /--ca FILE/,
    })
    await assert.rejects(askTls(port, { tlsHost: 'dns.example.net' }), {
      code: 'CERTIFICATE_UNTRUSTED',
      message: /cannot be used/,
    })
  })

  test('TLS to a server without TLS ends at the deadline', async (t) => {
    const port = await startStream(t, (query) => [query])
    await assert.rejects(askTls(port, { timeoutMs: 300 }), { code: 'TIMEOUT' })
  })
})
