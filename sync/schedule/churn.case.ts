import type { Content, Root } from '../../snapshot/schema.ts'
import { type Plan, planPublish } from '../publish/plan.ts'
import { heartbeatDueMs, type ScheduleLimits, scheduleLimits } from './limits.ts'
import {
  afterIdleRound,
  afterPublish,
  initialSchedule,
  nextPublishMs,
  roundBudget,
  type Schedule,
  withChange,
  withUsedBudget,
} from './schedule.ts'

/* Days of churn in virtual time, in front of an edge with a budget: the schedule and the plan as the agent uses them. */

/** A cluster: its priority and deferred shards, and how often one of each kind changes. */
export type Churn = {
  readonly priorityShards: number
  readonly deferredShards: number
  readonly priorityPerHour: number
  readonly deferredPerHour: number
  /** How often another agent takes over, which only knows the published root; never when absent. */
  readonly takeoversPerHour?: number
}

/** The results. Times are ms since the start. */
export type Results = {
  /** Keys written, including heartbeats. */
  readonly writes: readonly { readonly atMs: number; readonly keys: number; readonly kind: Plan['kind'] }[]
  /** The time from each change to the root that has it. */
  readonly priorityLagMs: readonly number[]
  readonly deferredLagMs: readonly number[]
  /** Rounds that wrote nothing. */
  readonly idleRounds: number
  readonly schedule: Schedule
  readonly limits: ScheduleLimits
}

const startMs = 1_800_000_000_000
const hourMs = 3_600_000
const zero = 'x'.repeat(43)

/** Content with shards named after their version: the priority ones are Services, the deferred ones PTRs of endpoints. */
export function contentAt(priority: readonly number[], deferred: readonly number[]): Content {
  const bits = Math.ceil(Math.log2(Math.max(1, priority.length)))
  const shards = Array.from({ length: 2 ** bits }, (_, n) =>
    n < priority.length ? `p${n}.${priority[n]}` : null,
  )
  return {
    domain: 'cluster.local',
    static: false,
    staleAfterMs: 1,
    expiresAfterMs: 1,
    ttl: 5,
    pods: 'disabled',
    namespaces: ['prod'],
    policy: null,
    services: { bits, shards },
    reverse: {},
    endpoints: { bits: 0, shards: [null] },
    endpointReverse: Object.fromEntries(deferred.map((version, n) => [`10.0.${n}.0`, `d${n}.${version}`])),
    podAddresses: {},
  }
}

/** The blobs that a content names, all with the same text. */
export function blobsFor({ services, endpoints, endpointReverse }: Content): Map<string, string> {
  const named = [...services.shards, ...(endpoints?.shards ?? []), ...Object.values(endpointReverse)]
  return new Map(named.filter((hash) => hash !== null).map((hash) => [hash, zero]))
}

/** Simulates `hours` of churn with a budget; `random` returns 0 to 1. */
export function simulateChurn(
  churn: Churn,
  writesPerDay: number | null,
  hours: number,
  random: () => number,
): Results {
  const limits = scheduleLimits({ minPublishIntervalMs: 10_000, writesPerDay }, 300_000)
  const versions = {
    priority: Array.from({ length: churn.priorityShards }, () => 0),
    deferred: Array.from({ length: churn.deferredShards }, () => 0),
  }
  // For each shard, the time of the oldest unpublished change.
  const waiting = { priority: new Map<number, number>(), deferred: new Map<number, number>() }
  const seen = {
    writes: [] as Results['writes'][number][],
    priorityLagMs: [] as number[],
    deferredLagMs: [] as number[],
  }
  let idleRounds = 0
  let schedule = initialSchedule
  let published: Root | undefined
  const next = {
    priority: draw(0, churn.priorityPerHour),
    deferred: draw(0, churn.deferredPerHour),
    takeover: draw(0, churn.takeoversPerHour ?? 0),
  }

  function draw(nowMs: number, perHour: number): number {
    return perHour === 0 ? Number.POSITIVE_INFINITY : nowMs - (Math.log(1 - random()) / perHour) * hourMs
  }

  function change(kind: 'priority' | 'deferred', nowMs: number): void {
    const shards = versions[kind]
    const shard = Math.floor(random() * shards.length)
    shards[shard] = (shards[shard] ?? 0) + 1
    if (!waiting[kind].has(shard)) waiting[kind].set(shard, nowMs)
    next[kind] = draw(nowMs, churn[`${kind}PerHour`])
    schedule = withChange(schedule)
  }

  function takeOver(nowMs: number): void {
    const { paidUntilMs } = published ?? {}
    schedule = withUsedBudget(initialSchedule, limits, { paidUntilMs, nowMs: startMs + nowMs })
    next.takeover = draw(nowMs, churn.takeoversPerHour ?? 0)
  }

  function round(nowMs: number): void {
    const budget = roundBudget(schedule, limits, startMs + nowMs)
    const content = contentAt(versions.priority, versions.deferred)
    const plan = planPublish(
      published,
      { content, blobs: blobsFor(content) },
      {
        cluster: 'test',
        nowMs: startMs + nowMs,
        asOfMs: startMs + nowMs,
        term: 0,
        heartbeatMs: limits.heartbeatMs,
        putAll: false,
        budget,
      },
    )
    if (plan.kind === 'nothing') {
      idleRounds++
      const heartbeatAtMs = published ? heartbeatDueMs(published, limits.heartbeatMs) : 0
      schedule = afterIdleRound(schedule, { ...plan, heartbeatAtMs, nowMs: startMs + nowMs })
      return
    }
    published = plan.root
    settle(nowMs)
    seen.writes.push({ atMs: nowMs, keys: plan.put.size + 1, kind: plan.kind })
    schedule = afterPublish(schedule, limits, {
      nowMs: startMs + nowMs,
      kind: plan.kind,
      blobs: plan.put.size,
      heartbeatAtMs: heartbeatDueMs(published, limits.heartbeatMs),
      deferred: plan.deferred,
    })
  }

  function settle(nowMs: number): void {
    for (const [shard, sinceMs] of waiting.priority) {
      if (published?.services.shards[shard] !== `p${shard}.${versions.priority[shard]}`) continue
      waiting.priority.delete(shard)
      seen.priorityLagMs.push(nowMs - sinceMs)
    }
    for (const [shard, sinceMs] of waiting.deferred) {
      if (published?.endpointReverse[`10.0.${shard}.0`] !== `d${shard}.${versions.deferred[shard]}`) continue
      waiting.deferred.delete(shard)
      seen.deferredLagMs.push(nowMs - sinceMs)
    }
  }

  for (let nowMs = 0; nowMs < hours * hourMs; ) {
    const dueMs = Math.max(nowMs, nextPublishMs(schedule, limits) - startMs)
    nowMs = Math.min(dueMs, next.priority, next.deferred, next.takeover)
    if (nowMs === next.priority) change('priority', nowMs)
    else if (nowMs === next.deferred) change('deferred', nowMs)
    else if (nowMs === next.takeover) takeOver(nowMs)
    else round(nowMs)
    if (idleRounds > 1_000_000) throw new Error('rounds without end')
  }
  const unsettled = (of: Map<number, number>): number[] =>
    [...of.values()].map((sinceMs) => hours * hourMs - sinceMs)
  return {
    writes: seen.writes,
    priorityLagMs: [...seen.priorityLagMs, ...unsettled(waiting.priority)],
    deferredLagMs: [...seen.deferredLagMs, ...unsettled(waiting.deferred)],
    idleRounds,
    schedule,
    limits,
  }
}

/** The largest number of keys in any 24 hours. */
export function mostInADay(writes: Results['writes']): number {
  let most = 0
  let sum = 0
  let from = 0
  for (const { atMs, keys } of writes) {
    sum += keys
    while (atMs - (writes[from]?.atMs ?? 0) >= 24 * hourMs) sum -= writes[from++]?.keys ?? 0
    most = Math.max(most, sum)
  }
  return most
}

/** The quantile of the values, for example 0.99 for the 99th percentile. */
export function quantile(values: readonly number[], part: number): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? 0
}
