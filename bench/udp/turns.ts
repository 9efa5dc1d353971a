import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Score } from '../measured-server.ts'
import { residentMegabytes, schedulerMillis } from '../process-cost.ts'
import { type Bench, middle } from '../rounds.ts'
import { dnsperf, type UdpPlan } from './dnsperf.ts'
import type { UdpServer } from './peers.ts'

/** Each round is divided into this many parts, in which the servers take turns: the machine's speed changes within seconds. */
const turns = 10

/** Loads the servers in turn with queries for the names, and returns the medians of all turns. Throws if a query fails. */
export async function runTurns(
  servers: readonly UdpServer[],
  names: readonly string[],
  bench: Bench,
): Promise<Score[]> {
  const { effort, dir, tell } = bench
  const queryFile = join(dir, 'queries.txt')
  const inTurn = Math.ceil(effort.requests / turns)
  const passes = Math.max(1, Math.round(inTurn / names.length))
  await writeFile(queryFile, names.map((name) => `${name} A\n`).join(''))
  const samples = new Map<UdpServer, Score[]>(servers.map((server) => [server, []]))
  for (const server of servers) await measure(server, { queryFile, passes }, bench)
  for (let turn = 1; turn <= effort.rounds * turns; turn++)
    for (const server of servers)
      samples.get(server)?.push(await measure(server, { queryFile, passes }, bench))
  return servers.map((server) => {
    const score = middle(server.name, samples.get(server) ?? [])
    tell(
      `${server.name}: ${Math.round(score.requestsPerSecond)} queries/s, ${score.cpuMicrosPerQuery.toFixed(1)} µs`,
    )
    return score
  })
}

/** One run of dnsperf against a server: the figures of it. Throws if a query fails. */
export async function measure(
  { name, port, pid }: UdpServer,
  plan: Pick<UdpPlan, 'queryFile' | 'passes' | 'perSecond'>,
  { signal }: Pick<Bench, 'signal'>,
): Promise<Score> {
  const before = await schedulerMillis(pid)
  const load = await dnsperf({ ...plan, port, clients: 16, outstanding: 64, signal })
  if (load.failed > 0) throw new Error(`${name} failed ${load.failed} of ${load.done + load.failed} queries`)
  const cpu = (await schedulerMillis(pid)) - before
  return {
    name,
    requestsPerSecond: load.queriesPerSecond,
    cpuMicrosPerQuery: (cpu * 1_000) / load.done,
    p50Micros: load.p50Micros,
    p99Micros: load.p99Micros,
    residentMegabytes: await residentMegabytes(pid),
  }
}
