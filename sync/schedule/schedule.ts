import { doubledIntervalMs } from '../doubled-interval.ts'
import { type Allowance, type Late, noLate } from './priority.ts'
import {
  afterLate,
  allowanceOf,
  type Budget,
  dayMs,
  type LateLane,
  lateAtMs,
  lateReserveMs,
  paidAfter,
  startLate,
} from './write-budget.ts'

/** The bound of the wait after a first failure, and the last; between them it doubles each time. */
const firstRetryMs = 500
const lastRetryMs = 60_000

/** Chance may make a wait no shorter than this, in ms. */
const leastRetryMs = 100

/** What decides when the next root may be published. Times are the agent's own, Unix ms. */
export type Pace = {
  /** Is there anything that the published root does not say? */
  readonly dirty: boolean
  /** When the last root was accepted, and the keys that its main lane wrote; of none yet, undefined and 0. */
  readonly lastMs: number | undefined
  readonly lastWrites: number
  /** Keys that content of the main lane is known to wait for; 0 when nobody has counted. */
  readonly shortOf: number
  readonly late: LateLane
  /** When a round last found nothing that it may write now; 0 when none did. */
  readonly lookedMs: number
  /** Until when the keys written so far are paid for, at one key per `writeMs`. */
  readonly paidUntilMs: number
  readonly heartbeatAtMs: number
  readonly failures: number
  /** After a failure, when to try again. */
  readonly retryAtMs: number
}

/** What the edge allows. */
export type PaceLimits = {
  readonly minIntervalMs: number
  /** What one written key costs of the daily budget, in ms; 0 where writes are not limited. */
  readonly writeMs: number
  readonly heartbeatMs: number
}

/** At the start there is everything to say, and nothing keeps it back. */
export const startPace: Pace = {
  dirty: true,
  lastMs: undefined,
  lastWrites: 0,
  shortOf: 0,
  late: startLate,
  lookedMs: 0,
  paidUntilMs: 0,
  heartbeatAtMs: Number.POSITIVE_INFINITY,
  failures: 0,
  retryAtMs: 0,
}

const nothingWaits = { late: noLate, shortOf: 0, nowMs: 0 }

/** Before the edge has declared anything. */
export const startLimits: PaceLimits = { minIntervalMs: 0, writeMs: 0, heartbeatMs: 0 }

/**
 * An edge's declaration and the wanted heartbeat → limits. Heartbeats take at most half of a daily budget,
 * and their share is set aside. Of the rest one half may be spent in a burst and the other flows back over the
 * day, so that no 24 hours see more than the budget.
 */
export function paceLimits(
  declared: { readonly minPublishIntervalMs: number; readonly writesPerDay: number | null },
  wantedHeartbeatMs: number,
): PaceLimits {
  const minIntervalMs = declared.minPublishIntervalMs
  const budget = declared.writesPerDay
  if (budget === null) return { minIntervalMs, writeMs: 0, heartbeatMs: wantedHeartbeatMs }
  const heartbeatMs = Math.max(wantedHeartbeatMs, Math.ceil((2 * dayMs) / Math.max(2, budget)))
  const share = Math.max(1, budget - dayMs / heartbeatMs)
  return { minIntervalMs, writeMs: (2 * dayMs) / share, heartbeatMs }
}

/**
 * When the next root may be published; what lies in the past means now. Content comes first at once, then
 * spaced by the declared interval. As the burst is used up the spacing grows, slowly at first (by the cube of
 * the used part), to what the steady flow pays for. While content of the main lane waits there is no heartbeat: it
 * would give old data a new date. Late shards that wait have times of their own (late-lane.ts).
 */
export function nextPublish(pace: Pace, limits: PaceLimits): number {
  const otherwise = Math.min(pace.heartbeatAtMs, lateShardsAtMs(pace, limits))
  return Math.max(pace.retryAtMs, pace.dirty ? contentAtMs(pace, limits) : otherwise)
}

/** What the daily budget allows a root to write at `nowMs`: planChanges keeps to it. */
export function allowance(pace: Pace, limits: PaceLimits, nowMs: number): Allowance {
  return allowanceOf(pace.late, budgetOf(pace, limits), nowMs, pace.lastMs === undefined)
}

function contentAtMs(pace: Pace, limits: PaceLimits): number {
  const burstMs = dayMs - lateReserveMs(pace.late, budgetOf(pace, limits))
  const neededMs = Math.min(burstMs, Math.max(1, pace.shortOf) * limits.writeMs)
  const paidMs = Math.ceil(pace.paidUntilMs - burstMs + neededMs)
  if (pace.lastMs === undefined) return Math.max(0, paidMs)
  const used = Math.min(1, Math.max(0, (pace.paidUntilMs - pace.lastMs) / dayMs))
  const stretchMs = used ** 3 * pace.lastWrites * limits.writeMs
  return Math.max(pace.lastMs + limits.minIntervalMs + stretchMs, againMs(pace, limits), paidMs)
}

function lateShardsAtMs(pace: Pace, limits: PaceLimits): number {
  const lateMs = lateAtMs(pace.late, budgetOf(pace, limits))
  return Math.max((pace.lastMs ?? 0) + limits.minIntervalMs, againMs(pace, limits), lateMs)
}

/** Changes of late shards that wait ring the bell too, and each look builds: looks are apart as roots are. */
function againMs({ late, lookedMs }: Pace, { minIntervalMs }: PaceLimits): number {
  return late.keys > 0 ? lookedMs + minIntervalMs : 0
}

/** What is spent of the daily budget, and what a key costs. */
export function budgetOf({ paidUntilMs }: Pace, { writeMs }: PaceLimits): Budget {
  return { paidUntilMs, writeMs }
}

/** After a quiet time, how long a change waits for what belongs to it, in ms: a tenth of the interval between roots. */
export function gatherMs({ minIntervalMs }: PaceLimits): number {
  return minIntervalMs / 10
}

/**
 * A published root says until when its keys are paid for, by the agent's clock: what was spent is spent, by whichever
 * agent. Undefined where a root does not say, and of no meaning to an edge without budget. An edge whose clock was set
 * back costs no more than the burst.
 */
export function withPaid(
  pace: Pace,
  limits: PaceLimits,
  { paidUntilMs = 0, nowMs }: { readonly paidUntilMs: number | undefined; readonly nowMs: number },
): Pace {
  if (limits.writeMs === 0) return pace
  return { ...pace, paidUntilMs: Math.max(pace.paidUntilMs, Math.min(paidUntilMs, nowMs + dayMs)) }
}

/** Something has changed, or may have. */
export function withChange(pace: Pace): Pace {
  return { ...pace, dirty: true }
}

/**
 * A root was accepted at `nowMs`, and `writes` keys written, those of late shards among them. A heartbeat is paid
 * from its own share.
 */
export function afterPublish(
  pace: Pace,
  limits: PaceLimits,
  published: {
    readonly nowMs: number
    readonly writes: number
    readonly heartbeat: boolean
    readonly heartbeatAtMs: number
    readonly late?: Late
  },
): Pace {
  const { nowMs, heartbeatAtMs, late = noLate } = published
  const writes = published.heartbeat ? 0 : published.writes
  return {
    dirty: false,
    lastMs: nowMs,
    lastWrites: Math.max(0, writes - late.writes),
    shortOf: 0,
    late: afterLate(pace.late, late, nowMs),
    lookedMs: 0,
    paidUntilMs: paidAfter(budgetOf(pace, limits), writes, nowMs),
    heartbeatAtMs,
    failures: 0,
    retryAtMs: 0,
  }
}

/**
 * Nothing was written at `nowMs`: the published root says everything already, but for late shards that wait (`late`)
 * and content of the main lane that waits for `shortOf` keys.
 */
export function afterNothing(
  pace: Pace,
  heartbeatAtMs: number,
  waiting: { readonly late: Late; readonly shortOf: number; readonly nowMs: number } = nothingWaits,
): Pace {
  const { shortOf, nowMs: lookedMs } = waiting
  const late = { ...pace.late, keys: waiting.late.keys }
  return { ...pace, dirty: shortOf > 0, shortOf, late, lookedMs, heartbeatAtMs, failures: 0, retryAtMs: 0 }
}

/** While a deletion is held back, whether it still is is asked this often. */
const holdLookMs = 1_000

/** What there is to say must not be said at `nowMs`, nor is it known when it may be: look again soon. */
export function afterHold(pace: Pace, nowMs: number): Pace {
  return { ...pace, dirty: true, retryAtMs: nowMs + holdLookMs }
}

/**
 * A publish failed at `nowMs`: wait for any part of a doubling bound, as `random` (0 to 1) says, so that agents
 * that failed together come back apart. What failed does not matter: a proxy may say anything while it or the edge
 * starts, and what only a person can mend is soon tried at the longest bound. `writes` keys were written all the same.
 */
export function afterFailure(
  pace: Pace,
  failure: {
    readonly nowMs: number
    readonly random: number
    readonly writes?: number
    readonly limits?: PaceLimits
  },
): Pace {
  const { nowMs, random, writes = 0, limits = startLimits } = failure
  const boundMs = doubledIntervalMs(pace.failures + 1, firstRetryMs, lastRetryMs)
  const waitMs = Math.max(leastRetryMs, boundMs * random)
  const paidUntilMs = writes > 0 ? paidAfter(budgetOf(pace, limits), writes, nowMs) : pace.paidUntilMs
  return { ...pace, dirty: true, failures: pace.failures + 1, retryAtMs: nowMs + waitMs, paidUntilMs }
}

/**
 * Keys that could be written at `nowMs` in one burst before content had to wait for the budget; Infinity where
 * writes are not limited. Never below 0.
 */
export function writesLeft(pace: Pace, limits: PaceLimits, nowMs: number): number {
  if (limits.writeMs === 0) return Number.POSITIVE_INFINITY
  const spentMs = Math.max(0, pace.paidUntilMs - nowMs)
  return Math.max(0, Math.floor((dayMs - spentMs) / limits.writeMs))
}
