import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { RCODE, TYPE } from '../../dns/code.ts'
import { createFrameReader, frame } from '../../host/dns/stream/framing.ts'
import { query } from '../blackbox/ask.ts'
import type { Server } from './dig.ts'

/** Names that are asked at the same time, each once. */
export type Burst = {
  readonly server: Server
  readonly transport: 'udp' | 'tcp'
  /** At most 65,536, since each query has an id that no other one has. */
  readonly names: readonly string[]
  /** The sockets among which the names are divided. */
  readonly sockets: number
  /** The time for the last answer (ms). */
  readonly waitMs: number
}

/** What became of a burst. */
export type BurstOutcome = {
  readonly unanswered: readonly string[]
  /** Answers SERVFAIL. */
  readonly servfail: number
  /** From the first query to the last answer (ms). */
  readonly lastMs: number
}

/** One socket: it sends messages, and passes on those that it receives. */
type Wire = { readonly send: (messages: readonly Uint8Array[]) => void; readonly close: () => void }

/** The receive buffer of each UDP socket (bytes), so that no answer is lost on the side of the client. */
const receiveBytes = 4 * 1024 * 1024

/** Asks for the addresses of all names, as fast as the queries can be written, and waits for the answers. */
export async function askAtOnce({ server, transport, names, sockets, waitMs }: Burst): Promise<BurstOutcome> {
  const open = transport === 'udp' ? openUdp : openTcp
  const unanswered = new Map(names.entries())
  const done = Promise.withResolvers<void>()
  let servfail = 0
  let lastMs = 0
  const received = (message: Uint8Array): void => {
    if (!unanswered.delete(((message[0] ?? 0) << 8) | (message[1] ?? 0))) return
    lastMs = performance.now() - beganMs
    if (((message[3] ?? 0) & 0xf) === RCODE.SERVFAIL) servfail++
    if (unanswered.size === 0) done.resolve()
  }
  const wires = await Promise.all(Array.from({ length: sockets }, () => open(server, received)))
  const queries = names.map((name, id) => query(name, TYPE.A, { edns: true, id }))
  const beganMs = performance.now()
  for (const [at, wire] of wires.entries()) wire.send(queries.filter((_, id) => id % sockets === at))
  const timer = setTimeout(done.resolve, waitMs)
  await done.promise
  clearTimeout(timer)
  for (const wire of wires) wire.close()
  return { unanswered: [...unanswered.values()], servfail, lastMs }
}

async function openUdp({ address, port }: Server, received: (message: Uint8Array) => void): Promise<Wire> {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: receiveBytes })
  socket.on('message', received)
  socket.on('error', () => {})
  socket.connect(port, address)
  await once(socket, 'connect')
  return {
    send: (messages) => messages.forEach((message) => socket.send(message)),
    close: () => socket.close(),
  }
}

async function openTcp({ address, port }: Server, received: (message: Uint8Array) => void): Promise<Wire> {
  const socket = net.connect(port, address)
  await once(socket, 'connect')
  const frames = createFrameReader(65_535)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    frames.push(chunk)
    for (let message = frames.next(); message; message = frames.next()) received(message)
  })
  return {
    send: (messages) => void socket.write(Buffer.concat(messages.map(frame))),
    close: () => socket.destroy(),
  }
}
