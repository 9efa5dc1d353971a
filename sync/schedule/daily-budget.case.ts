import type { Content, Root } from '../../snapshot/schema.ts'
import { type Changes, heartbeatDueMs, planChanges } from '../publish/plan.ts'
import type { Allowance } from './priority.ts'
import {
  afterNothing,
  afterPublish,
  allowance,
  budgetOf,
  nextPublish,
  type Pace,
  type PaceLimits,
  paceLimits,
  startPace,
  withChange,
  withPaid,
} from './schedule.ts'

/* Days of a cluster's churn before an edge with a budget, in virtual time: pace.ts and plan.ts as the agent uses them. */

/** A cluster: shards by lane, and how often one of each changes. */
export type Churn = {
  readonly mainShards: number
  readonly lateShards: number
  readonly mainPerHour: number
  readonly latePerHour: number
  /** How often another agent takes over, who knows what the published root says and nothing else; never without it. */
  readonly takeoversPerHour?: number
}

/** What came of it. Times are ms since the beginning. */
export type Seen = {
  /** Keys written, heartbeats' among them. */
  readonly writes: readonly { readonly atMs: number; readonly keys: number; readonly kind: Changes['kind'] }[]
  /** From each change to the root that has it, by lane. */
  readonly mainLagMs: readonly number[]
  readonly lateLagMs: readonly number[]
  /** Rounds that wrote nothing. */
  readonly idleRounds: number
  readonly pace: Pace
  readonly limits: PaceLimits
}

const startMs = 1_800_000_000_000
const hourMs = 3_600_000
const zero = 'x'.repeat(43)

/** A snapshot of shards that are named by their version; main ones are Services, late ones PTRs of endpoints. */
export function contentAt(main: readonly number[], late: readonly number[]): Content {
  const bits = Math.ceil(Math.log2(Math.max(1, main.length)))
  const shards = Array.from({ length: 2 ** bits }, (_, n) => (n < main.length ? `m${n}.${main[n]}` : null))
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
    endpointReverse: Object.fromEntries(late.map((version, n) => [`10.0.${n}.0`, `l${n}.${version}`])),
    podAddresses: {},
  }
}

/** The blobs that a content names, each with some text. */
export function blobsFor({ services, endpoints, endpointReverse }: Content): Map<string, string> {
  const named = [...services.shards, ...(endpoints?.shards ?? []), ...Object.values(endpointReverse)]
  return new Map(named.filter((hash) => hash !== null).map((hash) => [hash, zero]))
}

/** Lives through `hours` of churn with a budget; `random` gives 0 to 1. */
export function live(churn: Churn, writesPerDay: number | null, hours: number, random: () => number): Seen {
  const limits = paceLimits({ minPublishIntervalMs: 10_000, writesPerDay }, 300_000)
  const main = Array.from({ length: churn.mainShards }, () => 0)
  const late = Array.from({ length: churn.lateShards }, () => 0)
  // When the oldest change of a shard happened that no root has.
  const waiting = { main: new Map<number, number>(), late: new Map<number, number>() }
  const seen = {
    writes: [] as Seen['writes'][number][],
    mainLagMs: [] as number[],
    lateLagMs: [] as number[],
  }
  let idleRounds = 0
  let pace = startPace
  let published: Root | undefined
  const next = {
    main: draw(0, churn.mainPerHour),
    late: draw(0, churn.latePerHour),
    takeover: draw(0, churn.takeoversPerHour ?? 0),
  }

  function draw(nowMs: number, perHour: number): number {
    return perHour === 0 ? Number.POSITIVE_INFINITY : nowMs - (Math.log(1 - random()) / perHour) * hourMs
  }

  function change(lane: 'main' | 'late', nowMs: number): void {
    const shards = lane === 'main' ? main : late
    const shard = Math.floor(random() * shards.length)
    shards[shard] = (shards[shard] ?? 0) + 1
    if (!waiting[lane].has(shard)) waiting[lane].set(shard, nowMs)
    next[lane] = draw(nowMs, lane === 'main' ? churn.mainPerHour : churn.latePerHour)
    pace = withChange(pace)
  }

  function takeOver(nowMs: number): void {
    const { paidUntilMs } = published ?? {}
    pace = withPaid(startPace, limits, { paidUntilMs, nowMs: startMs + nowMs })
    next.takeover = draw(nowMs, churn.takeoversPerHour ?? 0)
  }

  function round(nowMs: number): void {
    const allowed: Allowance = allowance(pace, limits, startMs + nowMs)
    const content = contentAt(main, late)
    const changes = planChanges(
      published,
      { content, blobs: blobsFor(content) },
      {
        cluster: 'test',
        nowMs: startMs + nowMs,
        asOfMs: startMs + nowMs,
        term: 0,
        heartbeatMs: limits.heartbeatMs,
        putAll: false,
        allowance: allowed,
        budget: budgetOf(pace, limits),
      },
    )
    if (changes.kind === 'nothing') {
      idleRounds++
      const heartbeatAtMs = published ? heartbeatDueMs(published, limits.heartbeatMs) : 0
      pace = afterNothing(pace, heartbeatAtMs, { ...changes, nowMs: startMs + nowMs })
      return
    }
    published = changes.root
    settle(nowMs)
    const keys = changes.put.size + 1
    seen.writes.push({ atMs: nowMs, keys, kind: changes.kind })
    pace = afterPublish(pace, limits, {
      nowMs: startMs + nowMs,
      writes: keys,
      heartbeat: changes.kind === 'heartbeat',
      heartbeatAtMs: heartbeatDueMs(published, limits.heartbeatMs),
      late: changes.late,
    })
  }

  function settle(nowMs: number): void {
    for (const [shard, sinceMs] of waiting.main) {
      if (published?.services.shards[shard] !== `m${shard}.${main[shard]}`) continue
      waiting.main.delete(shard)
      seen.mainLagMs.push(nowMs - sinceMs)
    }
    for (const [shard, sinceMs] of waiting.late) {
      if (published?.endpointReverse[`10.0.${shard}.0`] !== `l${shard}.${late[shard]}`) continue
      waiting.late.delete(shard)
      seen.lateLagMs.push(nowMs - sinceMs)
    }
  }

  for (let nowMs = 0; nowMs < hours * hourMs; ) {
    const dueMs = Math.max(nowMs, nextPublish(pace, limits) - startMs)
    nowMs = Math.min(dueMs, next.main, next.late, next.takeover)
    if (nowMs === next.main) change('main', nowMs)
    else if (nowMs === next.late) change('late', nowMs)
    else if (nowMs === next.takeover) takeOver(nowMs)
    else round(nowMs)
    if (idleRounds > 1_000_000) throw new Error('it goes round without end')
  }
  const unsettled = (of: Map<number, number>): number[] =>
    [...of.values()].map((sinceMs) => hours * hourMs - sinceMs)
  return {
    writes: seen.writes,
    mainLagMs: [...seen.mainLagMs, ...unsettled(waiting.main)],
    lateLagMs: [...seen.lateLagMs, ...unsettled(waiting.late)],
    idleRounds,
    pace,
    limits,
  }
}

/** The most keys in any 24 hours. */
export function mostInADay(writes: Seen['writes']): number {
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

/** The value that this part of all lie below. */
export function quantile(values: readonly number[], part: number): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? 0
}
