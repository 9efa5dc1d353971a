import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import packet from 'dns-packet'
import { createFrameReader, frame } from '../../host/dns/stream/framing.ts'
import type { Resolver } from './resolver.ts'

/** A query that a scripted resolver received. */
export type Received = {
  readonly packet: packet.Packet
  readonly transport: 'udp' | 'tcp'
  readonly port: number
}

/** The messages that it sends back, in order. */
export type Script = (query: Received) => readonly Uint8Array[]

/** A resolver whose answers a test decides. */
export type ScriptedResolver = {
  readonly place: Resolver
  readonly received: Received[]
  say: Script
  stop(): void
}

/** Starts a resolver on an address of this machine, UDP and TCP at the same port. */
export async function startScriptedResolver(say: Script, address = '127.0.0.1'): Promise<ScriptedResolver> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const server = createServer()
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  socket.bind(port, address)
  await once(socket, 'listening')
  const resolver: ScriptedResolver = {
    place: { address, port },
    received: [],
    say,
    stop() {
      socket.close()
      server.close()
    },
  }
  const receive = (bytes: Uint8Array, transport: 'udp' | 'tcp', from: number): readonly Uint8Array[] => {
    const query = { packet: packet.decode(Buffer.from(bytes)), transport, port: from }
    resolver.received.push(query)
    return resolver.say(query)
  }
  socket.on('message', (bytes, from) => {
    for (const answer of receive(bytes, 'udp', from.port)) socket.send(answer, from.port, from.address)
  })
  server.on('connection', (connection) => {
    const frames = createFrameReader(65_535)
    connection.on('error', () => {})
    connection.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      for (let bytes = frames.next(); bytes; bytes = frames.next())
        for (const answer of receive(bytes, 'tcp', connection.remotePort ?? 0))
          connection.write(frame(answer))
    })
  })
  return resolver
}

/** The parts of an answer that a test changes. */
export type AnswerParts = {
  readonly addresses?: readonly string[]
  readonly rcode?: number
  readonly truncated?: boolean
  readonly id?: number
  readonly name?: string
}

/** An answer to a query. */
export function answerTo({ packet: query }: Received, parts: AnswerParts = {}): Uint8Array {
  const { addresses = [], rcode = 0, truncated = false, id = query.id ?? 0 } = parts
  const questions = (query.questions ?? []).map((question) => ({
    ...question,
    name: parts.name ?? question.name,
  }))
  const name = questions[0]?.name ?? ''
  const flags =
    packet.RECURSION_DESIRED |
    packet.RECURSION_AVAILABLE |
    (truncated ? packet.TRUNCATED_RESPONSE : 0) |
    rcode
  const answers = addresses.map((data) => ({
    type: data.includes(':') ? ('AAAA' as const) : ('A' as const),
    name,
    ttl: 60,
    data,
  }))
  const additionals = (query.additionals ?? []).filter(({ type }) => type === 'OPT')
  return packet.encode({ type: 'response', id, flags, questions, answers, additionals })
}
