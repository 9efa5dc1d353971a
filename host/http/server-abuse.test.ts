import assert from 'node:assert/strict'
import { type EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http2 from 'node:http2'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import type { RunningFront } from '../front/front.ts'
import { developmentCertificate } from '../tls/development-certificate.ts'
import type { Handler } from './answer.ts'
import { type KeptLog, keepLog, startTestServer } from './client.case.ts'
import type { Limits } from './limits.ts'

const ok = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' }
const echo: Handler = async (request) => {
  await request.body(1_000_000)
  return ok
}

let server: RunningFront | undefined
afterEach(() => server?.close(0))

async function start(
  handler: Handler,
  limits: Partial<Limits>,
  log: KeptLog = keepLog(),
): Promise<RunningFront> {
  server = await startTestServer(handler, { limits, log })
  return server
}

async function connect({ host, port }: RunningFront): Promise<Socket & { heard(): string }> {
  const socket = net.connect(port, host)
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  socket.on('error', () => {})
  await once(socket, 'connect')
  return Object.assign(socket, { heard: () => heard })
}

async function isAlive(running: RunningFront): Promise<boolean> {
  return (await (await fetch(running.url)).text()) === 'ok'
}

function session(running: RunningFront): http2.ClientHttp2Session {
  const opened = http2.connect(running.url)
  opened.on('error', () => {})
  return opened
}

/** Unlike `once`, takes an 'error' on the way for granted. */
function closed(emitter: EventEmitter): Promise<void> {
  return new Promise((resolve) => emitter.once('close', resolve))
}

/** A frame of the first stream (RFC 9113 §4.1). */
function frame(type: number, flags: number, payload: readonly number[]): Buffer {
  return Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, 1, ...payload])
}

describe('clients that misbehave', () => {
  it('a slow body over HTTP/1.1 is answered with 408', async () => {
    const log = keepLog()
    const running = await start(echo, { bodyMs: 50 }, log)
    const socket = await connect(running)
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf')
    await closed(socket)
    assert.match(socket.heard(), /^HTTP\/1\.1 408 /)
    assert.match(socket.heard(), /Cache-Control: no-store/)
    assert.deepEqual(log.lines, [])
  })

  it('a slow body over HTTP/2 is answered with 408, and does not delay other requests', async () => {
    const running = await start(echo, { bodyMs: 1_000 })
    const client = session(running)
    const slow = client.request({ ':method': 'POST' })
    slow.write('half')
    const other = client.request({ ':method': 'POST' })
    other.end('all')
    const statusOf = async (stream: http2.ClientHttp2Stream): Promise<unknown> =>
      ((await once(stream, 'response')) as Record<string, unknown>[])[0]?.[':status']
    const statuses = await Promise.all([statusOf(slow), statusOf(other)])
    assert.deepEqual(statuses, [408, 200])
    client.destroy()
  })

  for (const [name, leave] of [
    ['cancels its stream', (socket: Socket) => socket.write(frame(3, 0, [0, 0, 0, 8]))],
    ['resets its stream as broken', (socket: Socket) => socket.write(frame(3, 0, [0, 0, 0, 1]))],
    ['drops its connection', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    it(`a client that ${name} in the middle of a body ends the handler's wait`, async () => {
      const log = keepLog()
      const started = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<unknown>()
      const handler: Handler = async (request) => {
        if (request.method === 'GET') return ok
        started.resolve()
        await request.body(1_000).catch((error: unknown) => {
          ended.resolve(error)
          throw error
        })
        return ok
      }
      const running = await start(handler, {}, log)
      const socket = await connect(running)
      // POST / with four bytes and no end: HEADERS with entries of HPACK's static table, DATA.
      const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
      const head = frame(1, 4, [0x83, 0x86, 0x84, 0x41, 1, 0x78])
      socket.write(
        Buffer.concat([
          Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
          settings,
          head,
          frame(0, 0, [1, 2, 3, 4]),
        ]),
      )
      await started.promise
      leave(socket)
      const error = await ended.promise
      assert.ok(error instanceof Error && 'code' in error && error.code === 'BODY_ABORTED')
      assert.ok(await isAlive(running))
      assert.deepEqual(log.lines, [])
      socket.destroy()
    })
  }

  it('a client that disconnects before its answer over HTTP/1.1 affects no other client', async () => {
    const log = keepLog()
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const running = await start(
      async (request) => {
        if (request.path === '/slow') {
          started.resolve()
          await release.promise
        }
        return ok
      },
      {},
      log,
    )
    const socket = await connect(running)
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    await started.promise
    socket.resetAndDestroy()
    await once(socket, 'close')
    release.resolve()
    assert.ok(await isAlive(running))
    assert.deepEqual(log.lines, [])
  })

  it('a connection whose head never ends is closed', async () => {
    const running = await start(echo, { headersMs: 1_000 })
    const socket = await connect(running)
    socket.write('GET / HTTP/1.1\r\nhost:')
    await closed(socket)
    assert.match(socket.heard(), /^HTTP\/1\.1 408 /)
  })

  it('a connection whose TLS handshake never begins is closed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kubedoh-abuse-'))
    server = await startTestServer(echo, {
      tls: await developmentCertificate(dir, []),
      limits: { headersMs: 50 },
    })
    await closed(await connect(server))
    await rm(dir, { recursive: true })
  })

  it('a connection that sends nothing, or half a preface, is closed', async () => {
    const running = await start(echo, { headersMs: 50 })
    const silent = await connect(running)
    const half = await connect(running)
    half.write('PRI * HTTP/2.0\r\n')
    await Promise.all([closed(silent), closed(half)])
    assert.equal(half.heard(), '')
  })

  it('an HTTP/1.1 head above the limit is answered with 431', async () => {
    const running = await start(echo, { maxHeaderBytes: 1_000 })
    const socket = await connect(running)
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(2_000)}\r\n\r\n`)
    await closed(socket)
    assert.match(socket.heard(), /^HTTP\/1\.1 431 /)
  })

  it('an HTTP/2 head above the limit is refused', async () => {
    const running = await start(echo, { maxHeaderBytes: 1_000 })
    const client = session(running)
    await once(client, 'remoteSettings')
    assert.equal(client.remoteSettings.maxHeaderListSize, 1_000)
    const stream = client.request({ 'x-long': 'x'.repeat(2_000) })
    let status: number | undefined
    stream.on('response', (headers) => (status = headers[':status']))
    stream.on('error', () => {})
    stream.resume()
    await closed(stream)
    assert.notEqual(status, 200)
    assert.ok(await isAlive(running))
    client.destroy()
  })

  it('a request that is not HTTP is answered with 400', async () => {
    const socket = await connect(await start(echo, {}))
    socket.write('\u0016\u0003\u0001 hello\r\n\r\n')
    await closed(socket)
    assert.match(socket.heard(), /^HTTP\/1\.1 400 /)
  })

  it('an idle connection is closed, over HTTP/2 with GOAWAY', async () => {
    const running = await start(echo, { idleMs: 1_000 })
    const client = session(running)
    const goaway = once(client, 'goaway')
    client.request().resume()
    const socket = await connect(running)
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await Promise.all([closed(client), goaway, closed(socket)])
    assert.match(socket.heard(), /^HTTP\/1\.1 200 /)
  })

  it('a request without an answer in time is closed', async () => {
    const running = await start(() => new Promise(() => {}), { requestMs: 50 })
    const client = session(running)
    const stream = client.request()
    stream.on('error', () => {})
    const socket = await connect(running)
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await Promise.all([closed(stream), closed(socket)])
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL)
    client.destroy()
  })

  it('the connection of a client that does not read its answer is closed', async () => {
    const large = { ...ok, body: new Uint8Array(1_000_000) }
    const running = await start(async (request) => (request.path === '/large' ? large : ok), {
      requestMs: 1_000,
    })
    const client = http2.connect(running.url, { settings: { initialWindowSize: 0 } })
    client.on('error', () => {})
    const stream = client.request({ ':path': '/large' })
    stream.on('error', () => {})
    await closed(stream)
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL)
    assert.ok(await isAlive(running))
    client.destroy()
  })

  it('a client that declares a body and sends without end is answered, and closed later', async () => {
    const running = await start(echo, { requestMs: 1_000 })
    const client = session(running)
    const stream = client.request({ ':method': 'POST', 'content-length': 4 })
    stream.on('error', () => {})
    stream.write('body')
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    assert.equal(headers[':status'], 200)
    stream.resume()
    await closed(stream)
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL)
    client.destroy()
  })

  for (const [what, body] of [
    ['less', 'bod'],
    ['more', 'bodies'],
  ] as const) {
    it(`a client that sends ${what} than it declared over HTTP/2 loses only that stream`, async () => {
      const running = await start(echo, {})
      const client = session(running)
      const stream = client.request({ ':method': 'POST', 'content-length': 4 })
      let isAnswered = false
      stream.on('response', () => (isAnswered = true))
      stream.on('error', () => {})
      stream.end(body)
      await closed(stream)
      assert.notEqual(stream.rstCode, http2.constants.NGHTTP2_NO_ERROR)
      assert.ok(!isAnswered)
      assert.ok(await isAlive(running))
      client.destroy()
    })
  }

  it('a connection with a flood of resets is closed', async () => {
    const running = await start(echo, { maxResetBurst: 50, resetsPerSecond: 1 })
    const client = session(running)
    await once(client, 'remoteSettings')
    const flood = setInterval(() => {
      for (let time = 0; time < 50 && !client.closed && !client.destroyed; time++) {
        const stream = client.request({ ':method': 'POST' })
        stream.on('error', () => {})
        stream.close(http2.constants.NGHTTP2_CANCEL)
      }
    }, 5)
    await closed(client)
    clearInterval(flood)
    assert.ok(await isAlive(running))
  })

  it('connections above the limit are dropped', async () => {
    const running = await start(echo, { maxConnections: 2 })
    const kept = [await connect(running), await connect(running)]
    const dropped = await connect(running)
    await closed(dropped)
    for (const socket of kept) socket.destroy()
  })

  it('a body is requested with 100 Continue, unless its declared length is too large', async () => {
    const running = await start(
      async (request) => ((await request.body(10)) === 'too-large' ? { ...ok, status: 413 } : ok),
      {},
    )
    const socket = await connect(running)
    socket.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n')
    await once(socket, 'data')
    assert.match(socket.heard(), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    socket.write('body')
    await once(socket, 'data')
    assert.match(socket.heard(), /HTTP\/1\.1 200 /)
    const large = await connect(running)
    large.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n')
    await closed(large)
    assert.match(large.heard(), /^HTTP\/1\.1 413 /)
    socket.destroy()
  })
})
