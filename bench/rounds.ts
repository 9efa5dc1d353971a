import type { Contender, Score } from './contender.ts'
import { h2load } from './h2load.ts'
import { cpuSeconds, residentMegabytes } from './process-cost.ts'

/** How much is asked: rounds alternate between contenders, so that what else the machine does hits all alike. */
export type Effort = { readonly rounds: number; readonly requests: number; readonly warmUp: number }

type Sample = { readonly requestsPerSecond: number; readonly cpuMicros: number }

/** Loads every contender in turn, round by round. Throws when a contender fails a request: its figures would be void. */
export async function runRounds(
  contenders: readonly Contender[],
  bodyFile: string,
  effort: Effort,
  tell: (line: string) => void,
): Promise<Score[]> {
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]))
  for (const contender of contenders) await load(contender, bodyFile, effort.warmUp)
  for (let round = 1; round <= effort.rounds; round++) {
    for (const contender of contenders) {
      const sample = await load(contender, bodyFile, effort.requests)
      samples.get(contender)?.push(sample)
      const { requestsPerSecond, cpuMicros } = sample
      tell(
        `round ${round}/${effort.rounds}  ${contender.name}: ${Math.round(requestsPerSecond)} req/s, ${cpuMicros.toFixed(1)} µs`,
      )
    }
  }
  return Promise.all(
    contenders.map(async (contender) => ({
      name: contender.name,
      requestsPerSecond: median(samples.get(contender)?.map((sample) => sample.requestsPerSecond) ?? []),
      cpuMicrosPerQuery: median(samples.get(contender)?.map((sample) => sample.cpuMicros) ?? []),
      residentMegabytes: await residentMegabytes(contender.process.pid ?? 0),
    })),
  )
}

async function load(contender: Contender, bodyFile: string, requests: number): Promise<Sample> {
  const pid = contender.process.pid ?? 0
  const before = await cpuSeconds(pid)
  const { url, http1 } = contender
  const done = await h2load({ url, bodyFile, requests, clients: 16, streams: 4, http1 })
  if (done.failed > 0) throw new Error(`${contender.name} failed ${done.failed} of ${requests} requests`)
  const cpu = (await cpuSeconds(pid)) - before
  return { requestsPerSecond: done.requestsPerSecond, cpuMicros: (cpu / requests) * 1e6 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
