import type { MeasuredServer } from './measured-server.ts'
import { openClient, type PairedClient, type PairedRequest } from './paired-load.ts'
import { schedulerMillis } from './process-cost.ts'
import type { Bench } from './rounds.ts'

/** Requests of one chunk, all sent at once. */
const chunk = 128

/** The requests of one kind, in turn. */
export type Kind = readonly PairedRequest[]

/**
 * Sends chunks of each kind of request to one server, round by round and in a random order, so that other work of the
 * machine and slow changes of the server affect all kinds equally. Resolves to the server's CPU per request (µs), for each
 * kind the value of each round. Rejects if a request fails.
 */
export async function pairedRounds(
  server: MeasuredServer,
  kinds: readonly Kind[],
  { effort, tell, signal }: Bench,
): Promise<readonly (readonly number[])[]> {
  const client = openClient(server)
  const samples: number[][] = kinds.map(() => [])
  const rounds = Math.max(2, Math.ceil((effort.rounds * effort.requests) / chunk))
  const warmUp = Math.ceil(effort.requests / 2 / chunk)
  try {
    for (let round = -warmUp; round < rounds; round++) {
      signal.throwIfAborted()
      for (const kind of shuffled(kinds.length)) {
        const micros = await measureChunk(server.pid, client, kinds[kind] ?? [], (round + warmUp) * chunk)
        if (round >= 0) samples[kind]?.push(micros)
      }
      if (round % 500 === 0 && round > 0) tell(`${server.name}: ${round} of ${rounds} rounds`)
    }
  } finally {
    client.close()
  }
  return samples
}

/** Sends one chunk, beginning at the request with number `from`. Resolves to the server's CPU per request (µs). */
async function measureChunk(pid: number, client: PairedClient, kind: Kind, from: number): Promise<number> {
  const before = await schedulerMillis(pid)
  const requests = Array.from({ length: chunk }, (_, at) => kind[(from + at) % kind.length])
  await Promise.all(requests.map((request) => request && client.send(request)))
  return (((await schedulerMillis(pid)) - before) * 1_000) / chunk
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
