import type { MeasuredServer } from './measured-server.ts'
import { openClient, type PairedClient, type PairedRequest } from './paired-load.ts'
import { schedulerMillis } from './process-cost.ts'
import type { Bench } from './rounds.ts'

/** Requests of one chunk, all sent at once. */
const chunk = 128

/** A server, and the requests that it gets, in turn. */
export type Side = { readonly server: MeasuredServer; readonly requests: readonly PairedRequest[] }

/**
 * Sends chunks of requests to each side, round by round and in a random order, so that other work of the machine and slow
 * changes of a server affect all sides equally. Several sides may have the same server. Resolves to the CPU of the side's
 * server per request (µs), for each side the value of each round. Rejects if a request fails.
 */
export async function pairedRounds(
  sides: readonly Side[],
  { effort, tell, signal }: Bench,
): Promise<readonly (readonly number[])[]> {
  const clients = new Map<MeasuredServer, PairedClient>()
  const samples: number[][] = sides.map(() => [])
  const rounds = Math.max(2, Math.ceil((effort.rounds * effort.requests) / chunk))
  // V8 compiles hot functions of a server until it has answered some ten thousand requests, on other threads of its process.
  const warmUp = Math.ceil(effort.requests / chunk)
  try {
    for (const { server } of sides) if (!clients.has(server)) clients.set(server, openClient(server))
    for (let round = -warmUp; round < rounds; round++) {
      signal.throwIfAborted()
      for (const at of shuffled(sides.length)) {
        const side = sides[at]
        const client = side && clients.get(side.server)
        if (!client) continue
        const micros = await measureChunk(side, client, (round + warmUp) * chunk)
        if (round >= 0) samples[at]?.push(micros)
      }
      if (round % 500 === 0 && round > 0) tell(`round ${round} of ${rounds}`)
    }
  } finally {
    for (const client of clients.values()) client.close()
  }
  return samples
}

/** Sends one chunk, beginning at the request with number `from`. Resolves to the server's CPU per request (µs). */
async function measureChunk({ server, requests }: Side, client: PairedClient, from: number): Promise<number> {
  const before = await schedulerMillis(server.pid)
  const sent = Array.from({ length: chunk }, (_, at) => requests[(from + at) % requests.length])
  await Promise.all(sent.map((request) => request && client.send(request)))
  return (((await schedulerMillis(server.pid)) - before) * 1_000) / chunk
}

/** The numbers below `count`, in a random order. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at)
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    const moved = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = moved
  }
  return order
}
