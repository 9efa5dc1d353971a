import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../test/wait-for.ts'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import { median } from '../median.ts'
import { cpuSeconds, peakMegabytes, residentMegabytes } from '../process-cost.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result } from '../row.ts'
import { lineOf, type RunningAgent } from './agent.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** Go returns memory within minutes: a collection runs at least every two. */
const idleSeconds = 150

/** Starts CoreDNS and the agent in turn, then measures the memory of both after the same idle time. */
export async function startRow(scale: ScaleCluster, bench: Bench): Promise<Result[]> {
  const firsts: number[] = []
  const restarts: Restart[] = []
  const corednsReady: number[] = []
  for (let time = 1; time <= bench.effort.rounds; time++) {
    const cleanup = createCleanup(bench.tell)
    try {
      const { readyMs } = await scale.startCoredns(cleanup)
      await cleanup.run()
      corednsReady.push(readyMs)
      const { firstMs, restart } = await startAndRestart(scale, bench)
      firsts.push(firstMs)
      restarts.push(restart)
      const said = [`CoreDNS ready after ${readyMs.toFixed(0)} ms`, `first root after ${firstMs} ms`]
      bench.tell(`start ${time}/${bench.effort.rounds}  ${said.join(', ')}, again ${restart.knownMs} ms`)
    } finally {
      await cleanup.run()
    }
  }
  const first = median(firsts) / 1000
  const ready = median(corednsReady) / 1000
  const memory = await idleMemory(scale, bench)
  return [
    {
      row: 'j',
      title: 'the agent starts on a control plane with 10,000 Services and 100,000 endpoints',
      scores: [],
      absent: [],
      targets: [
        atMost('time from its start to the first accepted root, s', first, 3),
        atMost("that time, ratio to CoreDNS's time from start to answers", first / ready, 3),
        atMost('memory after idling, ratio to CoreDNS', memory.agent.resident / memory.coredns.resident, 1),
        atMost('keys written by a restart on an unchanged cluster', most(restarts), 0),
      ],
      facts: {
        'CoreDNS, time from start to answers, s': ready.toFixed(2),
        'restart on an unchanged cluster, time until it knows that, s': (
          median(restarts.map(({ knownMs }) => knownMs)) / 1000
        ).toFixed(2),
        [`agent after ${idleSeconds} s`]: show(memory.agent),
        [`CoreDNS after ${idleSeconds} s`]: show(memory.coredns),
      },
    },
  ]
}

/** Time until a restarted agent knows that nothing changed, and the number of keys that it wrote. */
type Restart = { readonly knownMs: number; readonly writes: number }

async function startAndRestart(
  scale: ScaleCluster,
  bench: Bench,
): Promise<{ readonly firstMs: number; readonly restart: Restart }> {
  const cleanup = createCleanup(bench.tell)
  try {
    const edge = await scale.startEdge(cleanup)
    const agent = scale.startAgent(edge, cleanup)
    const { atMs } = await lineOf(agent, 'published')
    await agent.stop()
    return { firstMs: atMs - agent.beganMs, restart: await restarted(scale.startAgent(edge, cleanup)) }
  } finally {
    await cleanup.run()
  }
}

async function restarted(agent: RunningAgent): Promise<Restart> {
  await lineOf(agent, 'observed')
  const seconds = await waitFor(
    'the end of a round',
    async () => (await agent.sample('kubedoh_publish_last_success_timestamp_seconds')) || undefined,
    { timeoutMs: 120_000 },
  )
  const writes = (await agent.sample('kubedoh_publish_writes_total')) ?? 0
  return { knownMs: Math.round(seconds * 1000 - agent.beganMs), writes }
}

/** Memory in MB; CPU time since the start in seconds. */
type Cost = { readonly resident: number; readonly peak: number; readonly cpu: number }

async function idleMemory(
  scale: ScaleCluster,
  bench: Bench,
): Promise<{ readonly agent: Cost; readonly coredns: Cost }> {
  const cleanup = createCleanup(bench.tell)
  try {
    const coredns = await scale.startCoredns(cleanup)
    const agent = await publishing(scale, cleanup)
    bench.tell(`both idle for ${idleSeconds} s`)
    await sleep(idleSeconds * 1000, undefined, { signal: bench.signal })
    return { agent: await costOf(agent.pid), coredns: await costOf(coredns.pid) }
  } finally {
    await cleanup.run()
  }
}

async function publishing(scale: ScaleCluster, cleanup: Cleanup): Promise<RunningAgent> {
  const agent = scale.startAgent(await scale.startEdge(cleanup), cleanup)
  await lineOf(agent, 'published')
  return agent
}

async function costOf(pid: number): Promise<Cost> {
  const [resident, peak, cpu] = await Promise.all([
    residentMegabytes(pid),
    peakMegabytes(pid),
    cpuSeconds(pid),
  ])
  return { resident, peak, cpu }
}

function show({ resident, peak, cpu }: Cost): string {
  return `${resident.toFixed(0)} MB, at most ${peak.toFixed(0)} MB; ${cpu.toFixed(1)} s of CPU`
}

function most(restarts: readonly Restart[]): number {
  return Math.max(...restarts.map(({ writes }) => writes))
}
