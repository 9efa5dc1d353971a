import { doubledIntervalMs, jitteredWaitMs } from '../retry-wait.ts'
import {
  afterDeferred,
  type Deferred,
  type DeferredState,
  deferredAtMs,
  deferredReserveMs,
  initialDeferred,
  keyQuota,
  noneDeferred,
} from './deferred-shards.ts'
import { dayMs, type ScheduleLimits, undeclaredLimits } from './limits.ts'
import { type Budget, charge, chargedKeys, type KeyQuota, type RootKind } from './write-budget.ts'

/** The longest wait after a first failure (ms); it doubles with each further one, up to the last. */
const firstRetryMs = 500
const lastRetryMs = 60_000

/** The shortest wait after a failure (ms), for any random number. */
const leastRetryMs = 100

/**
 * The longest Retry-After that is obeyed (ms), even if a proxy asks for more: data becomes stale after 15 minutes by
 * default.
 */
const longestAskedMs = 300_000

/** The interval at which the agent checks a deletion that is held back (ms). */
const heldCheckMs = 1_000

/** The state that decides when the next root may be published. Times are by the agent's clock (Unix ms). */
export type Schedule = {
  /** Whether the store may have content that the published root does not have. */
  readonly dirty: boolean
  /** When the last root was accepted, and the keys that its priority shards took; undefined and 0 before the first. */
  readonly lastMs: number | undefined
  readonly lastPriorityKeys: number
  /** The keys that waiting priority shards need; 0 when none wait, or when that is not known. */
  readonly neededKeys: number
  readonly deferred: DeferredState
  /** When a round last wrote nothing; 0 before. */
  readonly lastIdleMs: number
  /** The time by which the budget has refilled for the keys written so far (see Budget). */
  readonly paidUntilMs: number
  readonly heartbeatAtMs: number
  /** Failures in a row. */
  readonly failures: number
  /** After a failure, when to try again. */
  readonly retryAtMs: number
}

/** At the start, everything has to be published, without delay. */
export const initialSchedule: Schedule = {
  dirty: true,
  lastMs: undefined,
  lastPriorityKeys: 0,
  neededKeys: 0,
  deferred: initialDeferred,
  lastIdleMs: 0,
  paidUntilMs: 0,
  heartbeatAtMs: Number.POSITIVE_INFINITY,
  failures: 0,
  retryAtMs: 0,
}

/** The budget at a moment, and the keys that it pays for then. */
export type RoundBudget = Budget & { readonly quota: KeyQuota }

/**
 * When the next root may be published, Unix ms; a time in the past means now. The first content is published at once,
 * further content at the declared interval. As the burst is used up the interval grows, slowly at first (by the cube
 * of the used part), to the rate of the refill. While priority shards wait there is no heartbeat, which would give
 * old data a new date. Deferred shards that wait are scheduled separately (deferred-shards.ts).
 */
export function nextPublishMs(schedule: Schedule, limits: ScheduleLimits): number {
  const otherwiseMs = Math.min(schedule.heartbeatAtMs, deferredPublishMs(schedule, limits))
  return Math.max(schedule.retryAtMs, schedule.dirty ? contentPublishMs(schedule, limits) : otherwiseMs)
}

/** The budget for a round at `nowMs`: the plan writes at most the keys of its quota. */
export function roundBudget(schedule: Schedule, limits: ScheduleLimits, nowMs: number): RoundBudget {
  const budget = budgetOf(schedule, limits)
  return { ...budget, quota: keyQuota(schedule.deferred, budget, nowMs, schedule.lastMs === undefined) }
}

/** The used part of the budget, and the time that refills one key. */
export function budgetOf({ paidUntilMs }: Schedule, { writeMs }: ScheduleLimits): Budget {
  return { paidUntilMs, writeMs }
}

function contentPublishMs(schedule: Schedule, limits: ScheduleLimits): number {
  const burstMs = dayMs - deferredReserveMs(schedule.deferred, budgetOf(schedule, limits))
  const neededMs = Math.min(burstMs, Math.max(1, schedule.neededKeys) * limits.writeMs)
  const paidMs = Math.ceil(schedule.paidUntilMs - burstMs + neededMs)
  if (schedule.lastMs === undefined) return Math.max(0, paidMs)
  const used = Math.min(1, Math.max(0, (schedule.paidUntilMs - schedule.lastMs) / dayMs))
  const stretchMs = used ** 3 * schedule.lastPriorityKeys * limits.writeMs
  return Math.max(schedule.lastMs + limits.minIntervalMs + stretchMs, nextBuildMs(schedule, limits), paidMs)
}

function deferredPublishMs(schedule: Schedule, limits: ScheduleLimits): number {
  const atMs = deferredAtMs(schedule.deferred, budgetOf(schedule, limits))
  return Math.max((schedule.lastMs ?? 0) + limits.minIntervalMs, nextBuildMs(schedule, limits), atMs)
}

/** Waiting deferred shards also start rounds, and each round builds, so rounds have the same minimum interval as roots. */
function nextBuildMs({ deferred, lastIdleMs }: Schedule, { minIntervalMs }: ScheduleLimits): number {
  return deferred.keys > 0 ? lastIdleMs + minIntervalMs : 0
}

/**
 * Takes over the used budget from a published root: `paidUntilMs` by the agent's clock, undefined where the root does
 * not have it. Keys that another agent wrote count too. Without effect where writes are not limited. If the edge's
 * clock was set back, the budget is at most used up.
 */
export function withUsedBudget(
  schedule: Schedule,
  limits: ScheduleLimits,
  { paidUntilMs = 0, nowMs }: { readonly paidUntilMs: number | undefined; readonly nowMs: number },
): Schedule {
  if (limits.writeMs === 0) return schedule
  return {
    ...schedule,
    paidUntilMs: Math.max(schedule.paidUntilMs, Math.min(paidUntilMs, nowMs + dayMs)),
  }
}

/** The store has changed, or may have. */
export function withChange(schedule: Schedule): Schedule {
  return { ...schedule, dirty: true }
}

/** The edge accepted a root at `nowMs`, and `blobs` blobs with it, those of deferred shards included. */
export function afterPublish(
  schedule: Schedule,
  limits: ScheduleLimits,
  published: {
    readonly nowMs: number
    readonly kind: RootKind
    readonly blobs: number
    readonly heartbeatAtMs: number
    readonly deferred?: Deferred
  },
): Schedule {
  const { nowMs, kind, blobs, heartbeatAtMs, deferred = noneDeferred } = published
  const keys = chargedKeys(kind, blobs)
  return {
    dirty: false,
    lastMs: nowMs,
    lastPriorityKeys: Math.max(0, keys - deferred.writes),
    neededKeys: 0,
    deferred: afterDeferred(schedule.deferred, deferred, nowMs),
    lastIdleMs: 0,
    paidUntilMs: charge(budgetOf(schedule, limits), keys, nowMs),
    heartbeatAtMs,
    failures: 0,
    retryAtMs: 0,
  }
}

/**
 * A round at `nowMs` wrote nothing: the published root is up to date, except for deferred shards that wait and for
 * priority shards that wait until the budget has `neededKeys` keys.
 */
export function afterIdleRound(
  schedule: Schedule,
  round: {
    readonly nowMs: number
    readonly heartbeatAtMs: number
    readonly deferred: Deferred
    readonly neededKeys: number
  },
): Schedule {
  const { nowMs, heartbeatAtMs, neededKeys } = round
  const deferred = { ...schedule.deferred, keys: round.deferred.keys }
  return {
    ...schedule,
    ...{ dirty: neededKeys > 0, neededKeys, deferred, lastIdleMs: nowMs },
    ...{ heartbeatAtMs, failures: 0, retryAtMs: 0 },
  }
}

/** A deletion was held back at `nowMs`, for an unknown time: check again soon. */
export function afterHeldDeletion(schedule: Schedule, nowMs: number): Schedule {
  return { ...schedule, dirty: true, retryAtMs: nowMs + heldCheckMs }
}

/**
 * A round failed at `nowMs`: wait for a random part (`random`, 0 to 1) of a doubling interval, so that agents that
 * failed together return one by one. The code of the failure does not matter: a proxy may give any answer while it or
 * the edge starts, and failures that need a person soon reach the longest interval. The wait is never shorter than the
 * answer asked for (`retryAfterMs`), up to five minutes. Keys written before the failure are charged.
 */
export function afterFailure(
  schedule: Schedule,
  failure: {
    readonly nowMs: number
    readonly random: number
    readonly retryAfterMs?: number
    readonly keys?: number
    readonly limits?: ScheduleLimits
  },
): Schedule {
  const { nowMs, random, retryAfterMs = 0, keys = 0, limits = undeclaredLimits } = failure
  const intervalMs = doubledIntervalMs(schedule.failures + 1, firstRetryMs, lastRetryMs)
  const askedMs = Math.min(retryAfterMs, longestAskedMs)
  const waitMs = Math.max(askedMs, jitteredWaitMs(intervalMs, leastRetryMs, random))
  const paidUntilMs = keys > 0 ? charge(budgetOf(schedule, limits), keys, nowMs) : schedule.paidUntilMs
  return {
    ...schedule,
    ...{ dirty: true, failures: schedule.failures + 1, retryAtMs: nowMs + waitMs, paidUntilMs },
  }
}
