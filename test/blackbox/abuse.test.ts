import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { ask, query, send } from './ask.ts'
import { isBun, type Running, start } from './command.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { newKey, publishFile } from './publish.ts'

/*
 * `kubedoh serve` under attack, in its own process: other clients get answers throughout, the attack ends, and the
 * server's memory stays within bounds. The time limits are low, so that the tests see them. Idle connections must
 * live as long as it takes a busy machine to open ten thousand of them.
 */

const name = 'none-linuxea.default.svc.cluster.local'
/** More than the memory after any attack here (10,000 connections of 22 KB), and far less than after an unbounded attack. */
const maxGrownMegabytes = 400
const idleConnections = 10_000
const limits = [
  ...['--headers-seconds', '4', '--body-seconds', '4', '--request-seconds', '8', '--idle-seconds', '300'],
  ...['--max-connections', '10200'],
]

let dir: string
let running: Running
let edge: EdgeUnderTest

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-abuse-'))
  const key = await newKey()
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  await writeFile(join(dir, 'config.json'), JSON.stringify({ public: true, clusters }))
  const places = ['--config', join(dir, 'config.json'), '--data', dir, '--listen', '127.0.0.1:0', '--plain']
  running = await start(['serve', ...places, ...limits])
  const { origin } = new URL(running.url)
  edge = { runtime: 'node', url: origin, fetch, stop: async () => void (await running.stop()) }
  await publishFile(edge, 'dev', key)
  for (let time = 0; time < 200; time++) await ask(edge, `${name} A`)
})
after(async () => {
  await running.stop()
  await rm(dir, { recursive: true })
})

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${running.process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(status)?.[1]) / 1024
}

async function connect(): Promise<Socket> {
  const { hostname, port } = new URL(edge.url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Long enough for the slowest attack on a machine that is several times slower than the usual one. */
const attackWithinMs = 100_000

/** Bun closes all idle connections above the limit; then a client asks again, as DoH clients do. */
function askAgain(): ReturnType<typeof ask> {
  const question = `${name} A`
  return ask(edge, question).catch((error: unknown) => {
    if (!isBun) throw error
    return ask(edge, question)
  })
}

/** Runs an attack while another client asks. Resolves when the attack has ended; rejects after `attackWithinMs`. */
async function withstand(attack: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const firstMegabytes = await residentMegabytes()
  const ended = new AbortController()
  const attacking = attack(AbortSignal.any([ended.signal, AbortSignal.timeout(attackWithinMs)])).finally(() =>
    ended.abort(),
  )
  let answered = 0
  const others = (async () => {
    do {
      const said = await askAgain()
      assert.equal(said.message?.answers?.length, 3)
      answered++
      await sleep(50)
    } while (!ended.signal.aborted)
  })()
  await Promise.all([attacking, others])
  assert.ok(answered > 0)
  const grown = (await residentMegabytes()) - firstMegabytes
  assert.ok(grown < maxGrownMegabytes, `memory has grown by ${grown.toFixed(0)} MB`)
}

/** Resolves when the server has closed the connection, cleanly or by a reset; rejects if the signal aborts first. */
function closed(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** Writes `piece` repeatedly, as fast as the server reads, until the server closes. Throws if the signal aborts first. */
async function flood(socket: Socket, piece: Buffer, signal: AbortSignal): Promise<void> {
  const isClosed = closed(socket, signal)
  isClosed.catch(() => undefined)
  while (!socket.destroyed) {
    signal.throwIfAborted()
    // A server that has stopped reading drains nothing: then wait for it to close.
    if (!socket.write(piece))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), isClosed])
    // The other client runs in this process too.
    await sleep(1)
  }
  await isClosed
}

// Frames of HTTP/2 (RFC 9113 §4.1)

const DATA = 0
const HEADERS = 1
const RST_STREAM = 3
const SETTINGS = 4
const PING = 6
const CONTINUATION = 9

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const nothing = new Uint8Array()
const hello = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0, nothing)])
/** `:method: POST, :scheme: http, :path: /dns-query, :authority: x, content-type: application/dns-message` in HPACK. */
const post = Buffer.concat([
  Buffer.from([0x83, 0x86, 0x04, 10]),
  Buffer.from('/dns-query'),
  Buffer.from([0x01, 1, 0x78, 0x0f, 16, 23]),
  Buffer.from('application/dns-message'),
])

async function openH2(): Promise<Socket> {
  const socket = await connect()
  socket.write(hello)
  return socket
}

/** Stream numbers of a client: 1, 3, 5... */
const streams = (count: number, first = 0): number[] =>
  Array.from({ length: count }, (_, index) => 2 * (first + index) + 1)

const linux = { skip: process.platform === 'linux' ? false : 'it reads /proc' }

test('a flood of CONTINUATION frames: the server closes the connection', linux, () =>
  withstand(async (signal) => {
    const socket = await openH2()
    socket.resume()
    socket.write(frame(HEADERS, 0, 1, post))
    // A literal header field, never indexed, of 12,000 bytes.
    const field = Buffer.concat([Buffer.from([0x10, 1, 0x78, 0x7f, 0xe1, 0x5c]), Buffer.alloc(12_000, 0x61)])
    await flood(socket, frame(CONTINUATION, 0, 1, field), signal)
  }),
)

test('a header list that is small on the wire and large in memory is refused', linux, () =>
  withstand(async (signal) => {
    const socket = await openH2()
    socket.resume()
    // One entry of 3,000 bytes in the dynamic table, then 4,000 references to it of one byte each.
    const entry = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xb9, 0x16]), Buffer.alloc(3_000, 0x61)])
    const bomb = Buffer.concat([post, entry, Buffer.alloc(4_000, 0xbe)])
    for (const stream of streams(200)) socket.write(frame(HEADERS, 5, stream, bomb))
    await sleep(500, undefined, { signal })
    socket.destroy()
  }),
)

for (const [kind, piece] of [
  ['SETTINGS', frame(SETTINGS, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))],
  ['PING', frame(PING, 0, 0, Buffer.alloc(8))],
] as const) {
  test(`a flood of ${kind} frames without reading the replies: the server closes the connection`, linux, () =>
    withstand(async (signal) => {
      const socket = await openH2()
      socket.pause()
      await flood(socket, Buffer.concat(Array.from({ length: 2_000 }, () => piece)), signal)
    }),
  )
}

test(
  'streams that are opened and reset at once (CVE-2023-44487): the server closes the connection',
  linux,
  () =>
    withstand(async (signal) => {
      const socket = await openH2()
      socket.resume()
      const isClosed = closed(socket, signal)
      for (let first = 0; !socket.destroyed; first += 100) {
        const pairs = streams(100, first).flatMap((stream) => [
          frame(HEADERS, 4, stream, post),
          frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8])),
        ])
        socket.write(Buffer.concat(pairs))
        await sleep(5, undefined, { signal })
      }
      await isClosed
    }),
)

test('an endless body is refused at the size limit, and the connection is closed', linux, () =>
  withstand(async (signal) => {
    const socket = await connect()
    let heard = ''
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
    socket.write('POST /dns-query HTTP/1.1\r\nhost: x\r\ncontent-type: application/dns-message\r\n')
    socket.write('transfer-encoding: chunked\r\n\r\n')
    await flood(socket, Buffer.from(`4000\r\n${'x'.repeat(0x4000)}\r\n`), signal)
    assert.match(heard, /^HTTP\/1\.1 413 /)
  }),
)

test('an endless body over HTTP/2 is discarded', linux, () =>
  withstand(async (signal) => {
    const socket = await openH2()
    socket.resume()
    socket.write(frame(HEADERS, 4, 1, post))
    const piece = frame(DATA, 0, 1, Buffer.alloc(16_384))
    const endMs = performance.now() + 2_000
    while (performance.now() < endMs && !socket.destroyed) {
      if (socket.writableLength < 1_000_000) socket.write(piece)
      await sleep(1, undefined, { signal })
    }
    socket.destroy()
  }),
)

test('bodies sent one byte at a time are cut off at the time limit', linux, () =>
  withstand(async (signal) => {
    const drip = async (): Promise<void> => {
      const socket = await connect()
      let heard = ''
      socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
      socket.write('POST /dns-query HTTP/1.1\r\nhost: x\r\ncontent-type: application/dns-message\r\n')
      socket.write('content-length: 4000\r\n\r\n')
      const isClosed = closed(socket, signal)
      const timer = setInterval(() => socket.write('x'), 100)
      await isClosed.finally(() => clearInterval(timer))
      // Bun closes the connection with the response, and a reset for later bytes may discard it.
      if (!isBun || heard !== '') assert.match(heard, /^HTTP\/1\.1 408 /)
    }
    await Promise.all(Array.from({ length: 100 }, drip))
  }),
)

test('headers sent one byte at a time are cut off at the time limit', linux, () =>
  withstand(async (signal) => {
    const drip = async (): Promise<void> => {
      const socket = await connect()
      socket.resume()
      socket.write('GET /dns-query HTTP/1.1\r\nx: ')
      const timer = setInterval(() => socket.write('x'), 100)
      await closed(socket, signal).finally(() => clearInterval(timer))
    }
    await Promise.all(Array.from({ length: 100 }, drip))
  }),
)

test('half-open streams are reset, and their connections stay usable', linux, () =>
  withstand(async (signal) => {
    const openHalf = async (): Promise<void> => {
      const socket = await openH2()
      const ended = new Set<number>()
      socket.on('data', (bytes: Buffer) => {
        // Only the stream ids matter here; other tests check the replies.
        for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3))
          if (bytes[at + 3] === RST_STREAM) ended.add(bytes.readUInt32BE(at + 5))
      })
      for (const stream of streams(100)) socket.write(frame(HEADERS, 4, stream, post))
      while (ended.size < 100) await sleep(50, undefined, { signal })
      assert.ok(!socket.destroyed)
      socket.destroy()
    }
    await Promise.all(Array.from({ length: 20 }, openHalf))
  }),
)

test('ten thousand idle connections are kept, and further ones are dropped', linux, () =>
  withstand(async (signal) => {
    const sockets: Socket[] = []
    while (sockets.length < idleConnections) {
      sockets.push(...(await Promise.all(Array.from({ length: 200 }, openH2))))
      signal.throwIfAborted()
    }
    for (const socket of sockets) socket.resume()
    assert.ok(sockets.filter(({ destroyed }) => !destroyed).length > idleConnections * 0.99)
    for (let more = 0; more < 300; more++) sockets.push(await openH2())
    const dropped = (): number => sockets.filter(({ destroyed }) => destroyed).length
    for (const socket of sockets) socket.resume()
    while (dropped() < 50) await sleep(20, undefined, { signal })
    for (const socket of sockets) socket.destroy()
    await sleep(300)
  }),
)

test('two thousand nonexistent names leave no memory behind', linux, () =>
  withstand(async () => {
    for (let round = 0; round < 40; round++) {
      const names = Array.from(
        { length: 50 },
        (_, index) => `x${round * 50 + index}.default.svc.cluster.local`,
      )
      const all = await Promise.all(names.map((each) => ask(edge, `${each} A`)))
      for (const said of all) assert.equal((said.bytes[3] ?? 0) & 15, 3)
    }
  }),
)

test('a compressed body and a too large body are refused', async () => {
  const headers = { 'content-type': 'application/dns-message', 'content-encoding': 'gzip' }
  const body = gzipSync(query(name, 1)) as Uint8Array<ArrayBuffer>
  const compressed = await fetch(`${edge.url}/dns-query`, { method: 'POST', headers, body })
  assert.equal(compressed.status, 415)
  assert.match(await compressed.text(), /content encoding gzip is not supported/)
  assert.equal((await send(edge, new Uint8Array(5_000))).status, 413)
})
