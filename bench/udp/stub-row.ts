import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { freePorts } from '../../test/free-ports.ts'
import type { Absent, Score } from '../measured-server.ts'
import { median } from '../median.ts'
import { startServe } from '../own-edges.ts'
import { type Bench, middle } from '../rounds.ts'
import { atLeast, atMost, type Result, ratioTargets, type Target } from '../row.ts'
import type { Servers } from '../servers.ts'
import { zone } from '../shape.ts'
import { askDirectly } from './direct.ts'
import type { UdpServer } from './peers.ts'
import { connectOnBun, startStubs } from './stubs.ts'
import { measure, runTurns } from './turns.ts'

/** The most CPU per query that ours may take, and the fewest queries per second, in ratios to others. */
const limits = { cpuOfDnsmasq: 1.2, cpuOfDnsproxy: 0.5, rateOfDnsmasq: 0.9 }

/** The load of names that no cache has: each comes again after more than an answer's TTL, which is 5 s. */
const uncached = { perSecond: 200, names: 2_000 }

/** The most that the stub may add to the median time of an answer that it has to ask for (ms). */
const mostAddedMs = 0.5

/** An edge over HTTPS. */
type DirectEdge = { readonly url: string; readonly caFile: string }

/** Stubs in front of one edge: answers of their caches, and answers that they have to ask for. */
export async function stubs({ shape, cleanup }: Servers, bench: Bench): Promise<Result[]> {
  const [dnsPort = 0] = await freePorts(1)
  bench.tell('starting kubedoh serve, and stubs in front of it')
  const { server, certFile } = await startServe(shape, cleanup, {
    options: ['--dns-listen', `127.0.0.1:${dnsPort}`],
  })
  const edge: DirectEdge = { url: server.url, caFile: join(dirname(certFile), 'ca.pem') }
  const started = await startStubs({ ...edge, dnsPort }, cleanup)
  const measured = started.filter((stub): stub is UdpServer => 'port' in stub)
  const absent = started.filter((stub): stub is Absent => 'absent' in stub)
  const scores = await runTurns(measured, [`of3.bench.svc.${zone}`], bench)
  const cached = { title: 'stubs: the same question repeatedly, from the cache', scores }
  const asked = await runUncached(measured, edge, shape.names.slice(0, uncached.names), bench)
  const facts = { 'the edge itself over HTTPS, median time (ms)': (asked.directMicros / 1_000).toFixed(2) }
  return [
    { row: 'o', ...cached, absent, targets: cachedTargets(scores), facts: {} },
    {
      row: 'o',
      title: `stubs: names that are not cached, ${uncached.perSecond} a second`,
      scores: asked.scores,
      absent,
      targets: addedTarget(asked.scores, asked.directMicros),
      facts,
    },
  ]
}

/** The targets of both runtimes: a list of the scores has ours first. */
function cachedTargets(scores: readonly Score[]): Target[] {
  const onBun = scores.filter(({ name }) => name === connectOnBun)
  const others = scores.filter(({ name }) => name !== connectOnBun)
  return [
    ...targetsOf(others),
    ...(onBun.length > 0 ? targetsOf([...onBun, ...others]) : []).map((target) => ({
      ...target,
      text: `on Bun: ${target.text}`,
    })),
  ]
}

function targetsOf(scores: readonly Score[]): Target[] {
  const cpu = (ours: Score, other: Score): number => ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery
  return [
    ...ratioTargets(scores, 'dnsmasq', (ours, other) =>
      atMost('CPU per query, ratio to dnsmasq', cpu(ours, other), limits.cpuOfDnsmasq),
    ),
    ...ratioTargets(scores, 'dnsmasq', (ours, other) =>
      atLeast(
        'queries/s, ratio to dnsmasq',
        ours.requestsPerSecond / other.requestsPerSecond,
        limits.rateOfDnsmasq,
      ),
    ),
    ...ratioTargets(scores, 'dnsproxy', (ours, other) =>
      atMost('CPU per query, ratio to dnsproxy', cpu(ours, other), limits.cpuOfDnsproxy),
    ),
  ]
}

function addedTarget([ours]: readonly Score[], directMicros: number): Target[] {
  if (!ours) return []
  return [atMost('added to the median time (ms)', (ours.p50Micros - directMicros) / 1_000, mostAddedMs)]
}

/** Each name once per round, so that every answer has to be asked for; in the same rounds the edge itself is asked. */
async function runUncached(
  stubsToAsk: readonly UdpServer[],
  edge: DirectEdge,
  names: readonly string[],
  { dir, effort, signal, tell }: Bench,
): Promise<{ readonly scores: Score[]; readonly directMicros: number }> {
  const queryFile = join(dir, 'uncached.txt')
  await writeFile(queryFile, names.map((name) => `${name} A\n`).join(''))
  const { perSecond } = uncached
  const samples = new Map<UdpServer, Score[]>(stubsToAsk.map((stub) => [stub, []]))
  const direct: number[] = []
  // The edge reads what it needs from its store, and the stubs warm up, before anything is measured.
  await askDirectly({ ...edge, names, perSecond, signal })
  for (const stub of stubsToAsk) await measure(stub, { queryFile, passes: 1, perSecond }, { signal })
  for (let round = 1; round <= effort.rounds; round++) {
    direct.push((await askDirectly({ ...edge, names, perSecond, signal })).p50Micros)
    for (const stub of stubsToAsk)
      samples.get(stub)?.push(await measure(stub, { queryFile, passes: 1, perSecond }, { signal }))
  }
  const scores = stubsToAsk.map((stub) => middle(stub.name, samples.get(stub) ?? []))
  for (const { name, p50Micros } of scores)
    tell(`${name}, not cached: median ${(p50Micros / 1_000).toFixed(2)} ms`)
  return { scores, directMicros: median(direct) }
}
