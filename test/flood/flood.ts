import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { query } from '../blackbox/ask.ts'
import type { DnsTransport } from '../dns-client.ts'
import type { FloodStart } from './flood-thread.ts'
import type { Flood } from './floods.ts'
import type { Target } from './server.ts'

/** What other clients saw during a flood. */
export type Seen = {
  readonly answered: number
  /** Why queries of the others had no answer, also at a second attempt on a new connection. */
  readonly failures: readonly string[]
  /** Queries of the others that needed that second attempt. */
  readonly retried: number
  /** The longest time of an answer (ms). */
  readonly slowestMs: number
  /** The most resident memory of the server, in MiB. */
  readonly residentMib: number
}

const question = query('redis.default.svc.cluster.local', 1)
const transports: readonly DnsTransport[] = ['udp', 'tcp', 'dot']

/** Runs a flood for `ms`, while one client for each transport asks ten times a second, on a new connection each time. */
export async function withstand(
  flood: Flood,
  target: Target,
  { connections, ms, seed }: { readonly connections: number; readonly ms: number; readonly seed: number },
): Promise<Seen> {
  const { tcp, dot } = target
  // A thread, so that the attack's own work does not delay the clients here.
  const workerData: FloodStart = { name: flood.name, places: { tcp, dot }, connections, seed }
  const attacker = new Worker(new URL('flood-thread.ts', import.meta.url), { workerData })
  const attackerFailed = once(attacker, 'error').then(([error]) => Promise.reject(error))
  attackerFailed.catch(() => {})
  const seen = { answered: 0, retried: 0, slowestMs: 0, residentMib: 0, failures: [] as string[] }
  const endMs = performance.now() + ms
  const client = async (transport: DnsTransport): Promise<void> => {
    while (performance.now() < endMs) {
      const beganMs = performance.now()
      try {
        await ask(target, transport).catch(() => {
          seen.retried++
          return ask(target, transport)
        })
        seen.answered++
      } catch (error) {
        seen.failures.push(`${transport}: ${error instanceof Error ? error.message : String(error)}`)
      }
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - beganMs)
      await sleep(100)
    }
  }
  const watch = async (): Promise<void> => {
    while (performance.now() < endMs) {
      seen.residentMib = Math.max(seen.residentMib, await target.residentMib())
      await sleep(100)
    }
  }
  await Promise.race([Promise.all([...transports.map(client), watch()]), attackerFailed])
  await attacker.terminate()
  return seen
}

async function ask({ dns }: Target, transport: DnsTransport): Promise<void> {
  const client = await dns.open(transport)
  try {
    const answer = await client.ask(question)
    const rcode = (answer[3] ?? 0) & 0xf
    if (rcode !== 0) throw new Error(`rcode ${rcode}`)
  } finally {
    client.close()
  }
}
