/** When leadership is taken, kept and lost. */
export type LeaseTimes = {
  /** Another replica may take a Lease that was not renewed for this long. */
  readonly durationMs: number
  /** A leader that could not renew for this long stops leading, well before another replica may start. */
  readonly renewDeadlineMs: number
  /** How often the leader renews the Lease and the others read it. */
  readonly retryMs: number
}

export const leaseTimes: LeaseTimes = { durationMs: 8_000, renewDeadlineMs: 5_000, retryMs: 1_000 }

/** The Lease as one replica knows it. Times are by its steady clock (ms). */
export type Standing = {
  /** The last known version, and when it was first seen: only a new version proves that the holder is alive. */
  readonly resourceVersion: string
  readonly seenAtMs: number
  /** When the last successful renewal began; undefined when not the leader. */
  readonly renewedAtMs: number | undefined
  /** The leader's term; 0 when not the leader. */
  readonly term: number
}

export const startStanding: Standing = {
  resourceVersion: '',
  seenAtMs: 0,
  renewedAtMs: undefined,
  term: 0,
}

/** The term of this replica at `nowMs`; undefined when it does not lead, or renewed too long ago. */
export function termAt(standing: Standing, nowMs: number, times: LeaseTimes): number | undefined {
  const { renewedAtMs, term } = standing
  return renewedAtMs !== undefined && nowMs - renewedAtMs < times.renewDeadlineMs ? term : undefined
}

/** The standing after a Lease was read: a new version proves that its holder was alive. */
export function observed(standing: Standing, resourceVersion: string, nowMs: number): Standing {
  if (standing.resourceVersion === resourceVersion) return standing
  return { ...standing, resourceVersion, seenAtMs: nowMs }
}

/**
 * Whether `identity` may take a Lease now: always its own and one without a holder; any other one when it was not
 * renewed for its duration, measured by this replica's clock, since the times in the Lease are from another clock.
 */
export function mayTake(
  lease: { readonly holder: string; readonly durationMs: number },
  standing: Standing,
  identity: string,
  nowMs: number,
): boolean {
  if (lease.holder === '' || lease.holder === identity) return true
  return nowMs - standing.seenAtMs >= lease.durationMs
}
