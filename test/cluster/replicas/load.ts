import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  type RecordType,
  streamEncode,
} from 'dns-packet'

/** A question, and its only right answer. */
export type Expected = {
  readonly name: string
  readonly type: RecordType
  readonly rcode: 'NOERROR' | 'NXDOMAIN'
  readonly answers: number
}

/** The results of all queries so far. */
export type Counts = {
  queries: number
  /** Attempts that got no answer, as text: the transport, and the time since the start of the load (ms). */
  readonly retried: string[]
  /** Queries without an answer to any attempt. */
  lost: number
  /** Answers that differ from the expected one, as text. */
  readonly wrong: string[]
}

/** Queries that are sent until `stop`. */
export type Load = {
  readonly counts: Counts
  /** Asks this as well from now on. */
  ask(expected: Expected): void
  /** Waits until the queries that are under way now have ended. */
  settled(): Promise<void>
  stop(): Promise<Counts>
}

/** How long a client waits for an answer before it asks again (ms), and how often it asks. dig waits 5 s and asks three times. */
const timeoutMs = 2_000
const attempts = 3

/** Pause between two queries of one client (ms), and the number of clients. One client in five uses TCP. */
const pauseMs = 40
const clients = 10

/** Asks a server on 127.0.0.1 for each of `questions` in turn, over UDP and TCP, from a new port for each attempt. */
export function startLoad(port: number, questions: readonly Expected[]): Load {
  const asked = [...questions]
  const counts: Counts = { queries: 0, retried: [], lost: 0, wrong: [] }
  const beganMs = performance.now()
  const underWay = new Set<Promise<void>>()
  let stopped = false
  let turn = 0
  const run = async (client: number): Promise<void> => {
    const transport = client % 5 === 0 ? overTcp : overUdp
    const attempt: Attempt = async (bytes, stream) => {
      const answer = await transport(port, bytes, stream)
      if (!answer) counts.retried.push(`${transport.name} ${Math.round(performance.now() - beganMs)}`)
      return answer
    }
    while (!stopped) {
      const expected = asked[turn++ % asked.length]
      if (expected) {
        const asking = query(expected, attempt, counts)
        underWay.add(asking)
        await asking
        underWay.delete(asking)
      }
      await sleep(pauseMs)
    }
  }
  const running = Array.from({ length: clients }, (_, client) => run(client))
  return {
    counts,
    ask: (expected) => void asked.push(expected),
    settled: async () => void (await Promise.all(underWay)),
    async stop() {
      stopped = true
      await Promise.all(running)
      return counts
    },
  }
}

/** One attempt: the packet that was received, or undefined without one in time. */
type Attempt = (query: Buffer, stream: Buffer) => Promise<Buffer | undefined>

async function query(expected: Expected, attempt: Attempt, counts: Counts): Promise<void> {
  const { name, type } = expected
  const id = Math.floor(Math.random() * 65_536)
  const packet: Packet = { type: 'query', id, flags: 0x100, questions: [{ name, type }], additionals: [opt] }
  const bytes = encode(packet)
  counts.queries++
  const stream = streamEncode(packet)
  let answer: Buffer | undefined
  for (let time = 1; !answer && time <= attempts; time++) answer = await attempt(bytes, stream)
  if (!answer) {
    counts.lost++
    return
  }
  const said = decode(answer) as DecodedPacket & { readonly rcode: string }
  const found = said.answers?.length ?? 0
  if (said.id === id && said.rcode === expected.rcode && found === expected.answers) return
  counts.wrong.push(`${name} ${type}: ${said.rcode}, ${found} records, ${errorOf(said)}`)
}

const opt = { type: 'OPT', name: '.', udpPayloadSize: 1_232, flags: 0, options: [] } as unknown as Answer

/** The text of the extended error (RFC 8914), or ''. */
function errorOf({ additionals = [] }: DecodedPacket): string {
  const options = additionals.flatMap((record) => (record.type === 'OPT' ? record.options : []))
  // The types of dns-packet do not have this option.
  const all: readonly { readonly code: number; readonly data?: Buffer | undefined }[] = options
  const error = all.find(({ code }) => code === 15)
  return error?.data ? `EDE ${error.data.readUInt16BE(0)} ${error.data.subarray(2).toString()}` : ''
}

async function overUdp(port: number, bytes: Buffer): Promise<Buffer | undefined> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) })
    socket.send(bytes)
    const [answer] = (await answered) as [Buffer]
    return answer
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

async function overTcp(port: number, _bytes: Buffer, stream: Buffer): Promise<Buffer | undefined> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  const whole = Promise.withResolvers<Buffer | undefined>()
  socket.setTimeout(timeoutMs, () => whole.resolve(undefined))
  socket.on('error', () => whole.resolve(undefined))
  socket.on('close', () => whole.resolve(undefined))
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    const all = Buffer.concat(chunks)
    if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0))
      whole.resolve(all.subarray(2, 2 + all.readUInt16BE(0)))
  })
  socket.write(stream)
  const answer = await whole.promise
  socket.destroy()
  return answer
}
