import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createCleanup } from './cleanup.ts'
import { coldStarts } from './cold-start.ts'
import type { Score } from './measured-server.ts'
import { startServe } from './own-edges.ts'
import { type Bench, measure, runRounds } from './rounds.ts'
import { atMost, type Result, type Target } from './row.ts'
import type { Servers } from './servers.ts'
import { shapeOf } from './shape.ts'
import { startUpMillis } from './start-up.ts'

type OwnRow = (servers: Servers, bench: Bench) => Promise<Result[]>

/** Rows that measure only our servers. */
export const ownRows: Readonly<Record<string, OwnRow>> = { e: cold, f: growth, g: churn, h: scan, i: cores }

async function cold(servers: Servers, { effort }: Bench): Promise<Result[]> {
  const worker = await servers.worker()
  const { rounds, cpuMillis } = await coldStarts(worker, effort.rounds)
  const { code, initial } = worker.modules
  return [
    {
      row: 'e',
      title: 'the first query of a fresh isolate on workerd, 10,000 Services and 100,000 endpoints',
      scores: [],
      absent: [],
      targets: [
        atMost('sequential rounds of store reads', rounds, 2),
        atMost('CPU of the whole process, ms', cpuMillis, 5),
        atMost('modules that an isolate evaluates at its start, KB gzipped', kilobytes(code, initial), 40),
      ],
      facts: {
        'all modules of the upload, KB gzipped': kilobytes(code, [...code.keys()]),
        'start-up CPU as measured by `wrangler check startup`, ms': await startUpMillis(),
      },
    },
  ]
}

/** The size of modules together, as wrangler reports an upload (KB gzipped). */
function kilobytes(code: ReadonlyMap<string, string>, names: readonly string[]): number {
  return gzipSync(names.map((name) => code.get(name)).join('')).length / 1024
}

async function growth(servers: Servers, bench: Bench): Promise<Result[]> {
  const small = shapeOf(10, 100)
  const cleanup = createCleanup(bench.tell)
  try {
    const { server: many } = await servers.serve()
    const { server: few } = await startServe(small, cleanup)
    // The same number of names, so that only the size of the data differs.
    const names = servers.shape.names.slice(0, small.names.length - 2)
    const [large, little] = await runRounds(
      [
        { ...many, name: '100,000 endpoints' },
        { ...few, name: '100 endpoints' },
      ],
      { all: names },
      bench,
    )
    if (!large || !little) throw new Error('runRounds must return two scores')
    const ratio = large.cpuMicrosPerQuery / little.cpuMicrosPerQuery
    return [
      {
        row: 'f',
        title: 'warm queries for two sizes of the cluster, GET',
        scores: [large, little],
        absent: [],
        targets: [atMost('CPU per query, ratio to 100 endpoints', ratio, 1.1)],
        facts: {},
      },
    ]
  } finally {
    await cleanup.run()
  }
}

/** Duration of the load with and without changes, and the interval between changes. */
const churning = { seconds: 25, everyMs: 10_000 }

async function churn(servers: Servers, bench: Bench): Promise<Result[]> {
  const { server, publish } = await servers.serve()
  const question = { all: servers.shape.names }
  const extent = { seconds: churning.seconds }
  const quiet = await measure({ ...server, name: 'quiet' }, question, extent, bench)
  const ended = new AbortController()
  const publishing = (async () => {
    let rounds = 0
    while (!ended.signal.aborted) {
      const nextMs = performance.now() + churning.everyMs
      await publish(shapeOf(10_000, 100_000, 100, ++rounds))
      await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal: ended.signal }).catch(
        () => undefined,
      )
    }
    return rounds
  })()
  const busy = await measure({ ...server, name: 'under churn' }, question, extent, bench).finally(() =>
    ended.abort(),
  )
  const published = await publishing
  await publish(servers.shape)
  return [
    {
      row: 'g',
      title: 'while 100 endpoints change every 10 s; the agent runs on the same machine',
      scores: [busy, quiet],
      absent: [],
      targets: [atMost('p99, ratio to a cluster without changes', busy.p99Micros / quiet.p99Micros, 1.5)],
      facts: { published },
    },
  ]
}

/** Number of scans; even, since the heap is compared with its size after half of them. */
const scans = 6

async function scan(servers: Servers, bench: Bench): Promise<Result[]> {
  const { server } = await servers.serve()
  const { names } = servers.shape
  const absent = names.map((name) => `no-${name}`)
  const scores: Score[] = []
  for (let pass = 1; pass <= scans; pass++) {
    const all = [...names, ...absent]
    const scanned = { ...server, name: `scan ${pass}` }
    scores.push(await measure(scanned, { all }, { requests: all.length }, bench))
  }
  const settled = scores[scans / 2 - 1]?.residentMegabytes ?? 0
  const growing = (scores.at(-1)?.residentMegabytes ?? 0) / settled
  return [
    {
      row: 'h',
      title: 'scans of every name and of as many nonexistent names',
      scores,
      absent: [],
      targets: [atMost(`RSS after ${scans} scans, ratio to RSS after half of them`, growing, 1.2)],
      facts: {},
    },
  ]
}

/** One core is reserved for the load generator. */
const fewestCores = 4

async function cores(servers: Servers, bench: Bench): Promise<Result[]> {
  const title = '`kubedoh serve --workers N`, every Service in turn'
  const all = availableParallelism()
  const none = { row: 'i', title, scores: [], targets: [], facts: {} }
  if (all < fewestCores) {
    const why = `this machine has ${all} cores; ${fewestCores} are needed, one of them for the load generator`
    return [{ ...none, absent: [{ name: 'several workers', absent: why }] }]
  }
  const cleanup = createCleanup(bench.tell)
  try {
    const counts = [1, 2, 4, 8].filter((count) => count < all)
    const edges = await Promise.all(
      counts.map(async (count) => {
        const edge = await startServe(servers.shape, cleanup, { options: ['--workers', String(count)] })
        return { ...edge.server, name: `${count} workers` }
      }),
    )
    const scores = await runRounds(edges, { one: servers.shape.names[0] ?? '' }, bench)
    const targets: Target[] = []
    return [{ ...none, scores, absent: [], targets }]
  } finally {
    await cleanup.run()
  }
}
