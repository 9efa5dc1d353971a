import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../test/free-ports.ts'
import type { Absent, Score } from '../measured-server.ts'
import { startServe } from '../own-edges.ts'
import { residentMegabytes, schedulerMillis } from '../process-cost.ts'
import { type Bench, middle } from '../rounds.ts'
import { atMost, type Result, ratioTargets } from '../row.ts'
import type { Servers } from '../servers.ts'
import { zone } from '../shape.ts'
import { dnsperf } from './dnsperf.ts'
import { startUdpPeers, type UdpServer } from './peers.ts'

/** The row that measures plain DNS over UDP beside servers that speak it only. */
export const udpRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> = {
  n: overUdp,
}

/** The most of CoreDNS's CPU per query that ours may take. */
const mostOfCoredns = 0.6

/** Each round is divided into this many parts, in which the servers take turns: the machine's speed changes within seconds. */
const turns = 10

async function overUdp({ shape, cleanup }: Servers, bench: Bench): Promise<Result[]> {
  const { dir, tell } = bench
  const [port = 0] = await freePorts(1)
  tell('starting kubedoh serve and the peers, which answer over UDP')
  const { server } = await startServe(shape, cleanup, { options: ['--dns-listen', `127.0.0.1:${port}`] })
  const peers = await startUdpPeers({ dir: join(dir, 'udp'), shape, cleanup, tell })
  const measured = [
    { name: 'kubedoh serve', port, pid: server.pid },
    ...peers.filter((peer): peer is UdpServer => 'port' in peer),
  ]
  const absent = peers.filter((peer): peer is Absent => 'absent' in peer)
  const questions = [
    ['the same question repeatedly, headless Service of 3', [`of3.bench.svc.${zone}`]],
    ['every Service in turn', shape.names],
  ] as const
  const results: Result[] = []
  for (const [title, names] of questions) {
    const scores = await runTurns(measured, names, bench)
    const targets = ratioTargets(scores, 'CoreDNS', (ours, other) =>
      atMost(
        'CPU per query, ratio to CoreDNS',
        ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery,
        mostOfCoredns,
      ),
    )
    results.push({ row: 'n', title: `UDP: ${title}`, scores, absent, targets, facts: {} })
  }
  return results
}

async function runTurns(
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

async function measure(
  { name, port, pid }: UdpServer,
  plan: { readonly queryFile: string; readonly passes: number },
  { signal }: Bench,
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
