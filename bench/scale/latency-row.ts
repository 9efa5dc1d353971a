import { createCleanup } from '../cleanup.ts'
import { median, quantile } from '../median.ts'
import { cpuSeconds, machineTicks, residentMegabytes } from '../process-cost.ts'
import type { Bench } from '../rounds.ts'
import { atLeast, atMost, type Result } from '../row.ts'
import { lineOf, type Published } from './agent.ts'
import { openDoh, openUdp } from './dns-client.ts'
import { churn, extent } from './latency.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** Makes changes at a steady rate and measures when kubedoh (over DoH) and CoreDNS (over UDP) answer with them. */
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
      atLeast('changes per second accepted by the API', perSecond, extent.perSecond * 0.95),
    ]
    const facts = {
      [`kubedoh, ${ours.length} changes`]: times(ours),
      'CoreDNS, the same changes': times(theirs),
      publishes: `in ${seconds.toFixed(0)} s ${showPublishes(agent.published().slice(publishedBefore))}`,
      ...costs,
    }
    const title = `time from the API's response to a change until DoH answers with it, ${extent.perSecond} changes per second`
    return [{ row: 'l', title, scores: [], absent: [], targets, facts }]
  } finally {
    await cleanup.run()
  }
}

/** CPU seconds and memory (MB) of processes, and the machine's ticks. */
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

/** Costs as text, with the load of the whole machine, since it affects the measurement. */
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
