import assert from 'node:assert/strict'
import net from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { headerBytes, maxQueryBytes } from '../../dns/limits.ts'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { startTcpServer } from '../../host/dns/stream/tcp-server.ts'
import { exchangeDns } from '../../worker/dns-exchange.ts'
import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'
import { mutateBytes, randomBytes } from './mutate.ts'
import { drawQuery, sampleEdge, validQuery } from './query-target.ts'
import type { Target } from './target.ts'

/** A message behind its length, which is sometimes wrong. */
function drawFrame(random: Random): string {
  const message = random.chance(0.8) ? validQuery(random) : drawQuery(random)
  const length = random.chance(0.95) ? message.length : random.pick([0, 11, 12, message.length + 1, 65_535])
  return String.fromCharCode(length >> 8, length & 0xff) + message
}

/** A byte stream, and the offsets at which it is divided into writes. */
function drawStream(random: Random): Input {
  const frames = Array.from({ length: random.between(0, 12) }, () => drawFrame(random)).join('')
  const kind = random.next()
  const stream =
    kind < 0.1
      ? randomBytes(random, random.between(0, 2_000))
      : kind < 0.4
        ? mutateBytes(frames, random)
        : frames
  const cuts = Array.from({ length: random.between(0, 4) }, () => random.between(0, stream.length))
  return { stream, cuts: cuts.toSorted((a, b) => a - b).join(',') }
}

/** The messages of a stream, and whether one of them, being shorter than a header, ends the connection. */
function messagesOf(stream: Uint8Array): { readonly messages: Buffer[]; readonly isBroken: boolean } {
  const bytes = Buffer.from(stream)
  const messages: Buffer[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at)
    const end = at + 2 + length
    if (end > bytes.length) break
    if (length < headerBytes) return { messages, isBroken: true }
    messages.push(bytes.subarray(at + 2, end))
    at = end
  }
  return { messages, isBroken: false }
}

/** Sends a stream in pieces, closes the sending side, and returns all that the server sends. */
async function exchangeStream(port: number, bytes: Buffer, cuts: readonly number[]): Promise<Buffer> {
  const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  // The server resets a connection whose bytes it does not read. `once` would reject then.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    if (!socket.destroyed) socket.write(bytes.subarray(at, cut))
    at = Math.max(at, cut)
    await setImmediate()
  }
  socket.end()
  await closed
  return Buffer.concat(received)
}

/** Every query of the stream has one answer, and nothing else is sent, whatever the order. */
function checkAnswers(sent: Buffer, received: Buffer): void {
  const { messages, isBroken } = messagesOf(sent)
  const answers = messagesOf(received)
  assert.equal(answers.isBroken, false)
  const wholeBytes = answers.messages.reduce((sum, { length }) => sum + 2 + length, 0)
  // A connection that a broken message ends may end within an answer.
  if (!isBroken) assert.equal(wholeBytes, received.length, 'bytes after the last answer')
  const expected = new Map<number, number>()
  for (const query of messages) {
    if ((query[2] ?? 0) >= 0x80) continue
    expected.set(query.readUInt16BE(0), (expected.get(query.readUInt16BE(0)) ?? 0) + 1)
  }
  for (const answer of answers.messages) {
    const { id, flags } = strictDecode(answer)
    assert.ok(flags & 0x8000, 'QR is 0')
    const left = (expected.get(id) ?? 0) - 1
    assert.ok(left >= 0, `no query has the id ${id}, or it has two answers`)
    if (left === 0) expected.delete(id)
    else expected.set(id, left)
  }
  if (!isBroken) assert.deepEqual([...expected], [], 'queries without an answer')
}

/** Byte streams over TCP, through the real server and the whole exchange. */
export const streamTarget: Target = {
  name: 'streams',
  what: `TCP byte streams of DNS messages, some above ${maxQueryBytes} bytes, in any division`,
  async open() {
    const { edge } = await sampleEdge()
    const tasks = { waitUntil: (promise: Promise<unknown>) => void promise.catch(() => undefined) }
    const warnings: string[] = []
    const server = await startTcpServer({
      listen: { host: '127.0.0.1', port: 0 },
      handler: (request) => exchangeDns(request, edge, tasks),
      tasks,
      log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    })
    return {
      draw: drawStream,
      async check({ stream = '', cuts = '' }) {
        const bytes = Buffer.from(stream, 'latin1')
        const offsets = cuts.split(',').filter(Boolean).map(Number)
        checkAnswers(bytes, await exchangeStream(server.port, bytes, offsets))
        assert.deepEqual(warnings, [])
      },
      close: () => server.close(0),
    }
  },
}
