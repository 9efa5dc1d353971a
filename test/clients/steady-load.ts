import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import packet from 'dns-packet'
import type { Server } from './dig.ts'

/** The rcodes that a load got, with the number of answers of each, by name. */
export type Rcodes = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Queries that are sent at a steady rate. */
export type SteadyLoad = {
  /** Sends no further queries, waits for late answers, and returns the rcodes; 'NONE' counts queries without an answer. */
  stop(): Promise<Rcodes>
}

/** The time for the last answers (ms). */
const lateMs = 5_500

/** Asks a server over UDP for the addresses of each name in turn, `perSecond` queries in each second. */
export async function startLoad(
  server: Server,
  names: readonly string[],
  perSecond: number,
): Promise<SteadyLoad> {
  const socket = createSocket('udp4')
  socket.bind(0)
  await once(socket, 'listening')
  const waiting = new Map<number, string>()
  const rcodes = new Map<string, Map<string, number>>(names.map((name) => [name, new Map()]))
  const count = (name: string, rcode: string): void => {
    const counts = rcodes.get(name)
    counts?.set(rcode, (counts.get(rcode) ?? 0) + 1)
  }
  socket.on('message', (message) => {
    const { id, rcode } = packet.decode(message) as packet.DecodedPacket & { rcode: string }
    const name = waiting.get(id ?? 0)
    waiting.delete(id ?? 0)
    if (name !== undefined) count(name, rcode)
  })
  const firstId = randomInt(65_536)
  const beganMs = performance.now()
  let sent = 0
  const send = (): void => {
    const name = names[sent % names.length] ?? ''
    const id = (firstId + sent++) & 0xffff
    waiting.set(id, name)
    const questions = [{ type: 'A' as const, name }]
    const query = packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions })
    socket.send(query, server.port, server.address)
  }
  // A timer that is late is followed by all queries that are due.
  const timer = setInterval(
    () => {
      const due = ((performance.now() - beganMs) * perSecond) / 1_000
      while (sent < due) send()
    },
    Math.max(1, 1_000 / perSecond),
  )
  return {
    async stop() {
      clearInterval(timer)
      for (let passed = 0; waiting.size > 0 && passed < lateMs; passed += 50) await pause(50)
      for (const name of waiting.values()) count(name, 'NONE')
      socket.close()
      return rcodes
    },
  }
}
