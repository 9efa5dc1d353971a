/** When leadership is taken, kept and lost; in ms. */
export type LeaseTimes = {
  /** A Lease that nobody has renewed for this long may be taken by another replica. */
  readonly durationMs: number
  /** A leader that could not renew for this long leads no more: well before another may. */
  readonly renewDeadlineMs: number
  /** How often the leader renews and the others look. */
  readonly retryMs: number
}

export const leaseTimes: LeaseTimes = { durationMs: 8_000, renewDeadlineMs: 5_000, retryMs: 1_000 }

/** What one replica knows of the Lease. Times are its own steady clock's, in ms. */
export type Standing = {
  /** The version last seen, and when it was seen first: only a new version is a sign of life. */
  readonly resourceVersion: string
  readonly seenAtMs: number
  /** The last renewal that succeeded began then; undefined for who does not lead. */
  readonly renewedAtMs: number | undefined
  /** The leader's number; 0 for who does not lead. */
  readonly term: number
}

export const startStanding: Standing = {
  resourceVersion: '',
  seenAtMs: 0,
  renewedAtMs: undefined,
  term: 0,
}

/** The term of who leads at `nowMs`, or undefined: what was renewed too long ago is led no more. */
export function termAt(standing: Standing, nowMs: number, times: LeaseTimes): number | undefined {
  const { renewedAtMs, term } = standing
  return renewedAtMs !== undefined && nowMs - renewedAtMs < times.renewDeadlineMs ? term : undefined
}

/** A Lease was read: when its version is new, so is the proof of life of whoever holds it. */
export function observed(standing: Standing, resourceVersion: string, nowMs: number): Standing {
  if (standing.resourceVersion === resourceVersion) return standing
  return { ...standing, resourceVersion, seenAtMs: nowMs }
}

/**
 * May `identity` take a Lease now? Its own always, one that nobody holds, and one that was not renewed for its
 * duration, measured by our clock since we saw it: the times that its holder wrote are of another clock.
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
