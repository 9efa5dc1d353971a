const dayMs = 86_400_000

/** The least wait after a failure, and the longest; between them it doubles each time. */
const firstRetryMs = 500
const lastRetryMs = 60_000

/** What decides when the next root may be published. Times are the agent's own, Unix ms. */
export type Pace = {
  /** Is there anything that the published root does not say? */
  readonly dirty: boolean
  /** When the last root was accepted, and the keys it wrote; of none yet, undefined and 0. */
  readonly lastMs: number | undefined
  readonly lastWrites: number
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
  paidUntilMs: 0,
  heartbeatAtMs: Number.POSITIVE_INFINITY,
  failures: 0,
  retryAtMs: 0,
}

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
 * the used part), to what the steady flow pays for. While content waits there is no heartbeat: it would
 * give old data a new date.
 */
export function nextPublish(pace: Pace, limits: PaceLimits): number {
  return Math.max(pace.retryAtMs, pace.dirty ? contentAtMs(pace, limits) : pace.heartbeatAtMs)
}

function contentAtMs(pace: Pace, limits: PaceLimits): number {
  if (pace.lastMs === undefined) return 0
  const used = Math.min(1, Math.max(0, (pace.paidUntilMs - pace.lastMs) / dayMs))
  const stretchMs = used ** 3 * pace.lastWrites * limits.writeMs
  return Math.max(pace.lastMs + limits.minIntervalMs + stretchMs, pace.paidUntilMs - dayMs)
}

/** Something has changed, or may have. */
export function withChange(pace: Pace): Pace {
  return { ...pace, dirty: true }
}

/** A root was accepted at `nowMs`, and `writes` keys written. A heartbeat is paid from its own share. */
export function afterPublish(
  pace: Pace,
  limits: PaceLimits,
  published: {
    readonly nowMs: number
    readonly writes: number
    readonly heartbeat: boolean
    readonly heartbeatAtMs: number
  },
): Pace {
  const { nowMs, heartbeatAtMs } = published
  const writes = published.heartbeat ? 0 : published.writes
  const paidUntilMs = Math.max(pace.paidUntilMs, nowMs) + writes * limits.writeMs
  return {
    dirty: false,
    lastMs: nowMs,
    lastWrites: writes,
    paidUntilMs,
    heartbeatAtMs,
    failures: 0,
    retryAtMs: 0,
  }
}

/** The published root says everything already. */
export function afterNothing(pace: Pace, heartbeatAtMs: number): Pace {
  return { ...pace, dirty: false, heartbeatAtMs, failures: 0, retryAtMs: 0 }
}

/** While a deletion is held back, whether it still is is asked this often. */
const holdLookMs = 1_000

/** What there is to say must not be said at `nowMs`, nor is it known when it may be: look again soon. */
export function afterHold(pace: Pace, nowMs: number): Pace {
  return { ...pace, dirty: true, retryAtMs: nowMs + holdLookMs }
}

/**
 * A publish failed at `nowMs`: wait, from half of a doubling interval up to all of it as `random` (0 to 1) says. What
 * failed does not matter: a proxy may say anything while it or the edge starts, and what only a person can mend is
 * soon tried at the longest interval.
 */
export function afterFailure(pace: Pace, failure: { readonly nowMs: number; readonly random: number }): Pace {
  const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(pace.failures, 16))
  const retryAtMs = failure.nowMs + waitMs * (0.5 + failure.random / 2)
  return { ...pace, dirty: true, failures: pace.failures + 1, retryAtMs }
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
