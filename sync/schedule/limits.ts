import type { Root } from '../../snapshot/schema.ts'

export const dayMs = 86_400_000

/** The limits of the edge that the schedule depends on. */
export type ScheduleLimits = {
  /** The shortest time between two roots (ms). */
  readonly minIntervalMs: number
  /** The time that the write budget takes to refill one key (ms); 0 where writes are not limited. */
  readonly writeMs: number
  /** Without changes, the root is published this often (ms). */
  readonly heartbeatMs: number
}

/** Before the edge has declared anything. */
export const undeclaredLimits: ScheduleLimits = { minIntervalMs: 0, writeMs: 0, heartbeatMs: 0 }

/**
 * An edge's declaration and the wanted heartbeat (ms) → limits. Heartbeats take at most half of a daily budget, and
 * their share is set aside. Of the rest, one half may be spent in a burst and the other half is refilled over the
 * day, so that no 24 hours see more writes than the budget.
 */
export function scheduleLimits(
  declared: { readonly minPublishIntervalMs: number; readonly writesPerDay: number | null },
  wantedHeartbeatMs: number,
): ScheduleLimits {
  const minIntervalMs = declared.minPublishIntervalMs
  const budget = declared.writesPerDay
  if (budget === null) return { minIntervalMs, writeMs: 0, heartbeatMs: wantedHeartbeatMs }
  const heartbeatMs = Math.max(wantedHeartbeatMs, Math.ceil((2 * dayMs) / Math.max(2, budget)))
  const share = Math.max(1, budget - dayMs / heartbeatMs)
  return { minIntervalMs, writeMs: (2 * dayMs) / share, heartbeatMs }
}

/**
 * How long the first change after a quiet time waits for related ones (ms), such as a Service for its slices: a
 * tenth of the interval between roots.
 */
export function gatherMs({ minIntervalMs }: ScheduleLimits): number {
  return minIntervalMs / 10
}

/** When an unchanged root must be published again, in the edge's time, Unix ms. Static data does not age: Infinity. */
export function heartbeatDueMs(published: Root, heartbeatMs: number): number {
  return published.static ? Number.POSITIVE_INFINITY : published.generation + heartbeatMs
}
