import { createCleanup } from '../cleanup.ts'
import { median, quantile } from '../median.ts'
import { cpuSeconds, machineTicks, residentMegabytes } from '../process-cost.ts'
import type { Bench } from '../rounds.ts'
import { atLeast, atMost, type Result } from '../row.ts'
import { lineOf, type Published } from './agent.ts'
import { openDoh, openUdp } from './dns-client.ts'
import { churn, extent } from './latency.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** Changes at a steady rate, and how long each takes to be answered, by ours over DoH and by CoreDNS over UDP. */
export async function latencyRow(scale: ScaleCluster, bench: Bench): Promise<Result[]> {
  const cleanup = createCleanup(bench.tell)
  try {
    const edge = await scale.startEdge(cleanup)
    const agent = scale.startAgent(edge, cleanup)
    await lineOf(agent, 'published')
    const coredns = await scale.startCoredns(cleanup)
    const clients = {
      ours: await openDoh(`${edge.url}/dns-query`, edge.caFile ?? ''),
      coredns: await openUdp(coredns.port),
    }
    cleanup.add(async () => clients.ours.close())
    cleanup.add(async () => clients.coredns.close())
    const pids = { agent: agent.pid, edge: edge.pid, CoreDNS: coredns.pid }
    const before = await costsOf(pids)
    const publishedBefore = agent.published().length
    const { seen, perSecond, seconds } = await churn(scale, clients, bench)
    const costs = showCosts(before, await costsOf(pids), seconds)
    const ours = seen.map((each) => each.ours)
    const theirs = seen.map((each) => each.coredns)
    const targets = [
      atMost('p99, s', quantile(ours, 0.99) / 1000, 1),
      atLeast('changes a second that the API took', perSecond, extent.perSecond * 0.95),
    ]
    const facts = {
      [`ours, of ${ours.length} changes`]: times(ours),
      'CoreDNS, of the same': times(theirs),
      publishes: `in ${seconds.toFixed(0)} s ${showPublishes(agent.published().slice(publishedBefore))}`,
      ...costs,
    }
    const title = `from a change's answer by the API to DoH, ${extent.perSecond} changes a second`
    return [{ row: 'l', title, scores: [], absent: [], targets, facts }]
  } finally {
    await cleanup.run()
  }
}

/** CPU seconds and MB of processes, and the machine's ticks. */
type Costs = {
  readonly of: Readonly<Record<string, { readonly cpu: number; readonly resident: number }>>
  readonly machine: Awaited<ReturnType<typeof machineTicks>>
}

async function costsOf(pids: Readonly<Record<string, number>>): Promise<Costs> {
  const entries = Object.entries(pids).map(async ([name, pid]) => {
    return [name, { cpu: await cpuSeconds(pid), resident: await residentMegabytes(pid) }] as const
  })
  return { of: Object.fromEntries(await Promise.all(entries)), machine: await machineTicks() }
}

/** What else a machine does is part of what was measured, so it is said. */
function showCosts(before: Costs, after: Costs, seconds: number): Readonly<Record<string, string>> {
  const each = Object.entries(after.of).map(([name, { cpu, resident }]) => {
    const part = (cpu - (before.of[name]?.cpu ?? 0)) / seconds
    return `${name} ${percent(part)} of a core, ${resident.toFixed(0)} MB`
  })
  const idle = after.machine.idle - before.machine.idle
  const busy = 1 - idle / (after.machine.all - before.machine.all)
  return { processes: each.join('; '), 'the whole machine': `${percent(busy)} busy` }
}

function showPublishes(publishes: readonly Published[]): string {
  const middle = (of: keyof Omit<Published, 'kind'>): string =>
    Math.round(median(publishes.map((each) => each[of]))).toLocaleString('en')
  return `${publishes.length}; medians: ${middle('blobs')} blobs, ${middle('bytes')} bytes, ${middle('ms')} ms`
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

function times(values: readonly number[]): string {
  const at = (part: number): string => `${quantile(values, part).toFixed(0)} ms`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`
}
