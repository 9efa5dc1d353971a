/**
 * What an agent knows of the edge's clock: by how much it was ahead, and from which of the agent's times on. Times
 * are Unix ms, `sinceMs` and `readMs` by the agent's clock.
 */
export type EdgeClock = {
  readonly stretches: readonly { readonly sinceMs: number; readonly aheadMs: number }[]
  /** When the edge's clock was last read. */
  readonly readMs: number
}

/** Before the edge has said anything its clock is taken to be the agent's. */
export const unknownEdgeClock: EdgeClock = { stretches: [], readMs: Number.NEGATIVE_INFINITY }

/** Two readings that differ by more than this, and by more than their round trips explain, are of clocks of which one was set. */
const jumpMs = 2_000

/** Older stretches are of no use: proofs of life are not that old. */
const maxStretches = 8

/**
 * Adds a reading: at the agent's `ownMs`, give or take half of `roundTripMs`, the edge's clock was ahead by `aheadMs`.
 * Where one of the two clocks was set since the last reading, or the agent's machine slept, times before that keep the
 * old difference. When in between it happened is not known, so the time between belongs to whichever difference makes
 * it older.
 */
export function withReading(
  clock: EdgeClock,
  reading: { readonly ownMs: number; readonly aheadMs: number; readonly roundTripMs: number },
): EdgeClock {
  const { ownMs, aheadMs, roundTripMs } = reading
  const last = clock.stretches.at(-1)
  if (!last) return { stretches: [{ sinceMs: Number.NEGATIVE_INFINITY, aheadMs }], readMs: ownMs }
  const change = aheadMs - last.aheadMs
  const isJump = Math.abs(change) > jumpMs + roundTripMs
  const stretches = isJump
    ? [...clock.stretches, { sinceMs: change > 0 ? ownMs : clock.readMs, aheadMs }]
    : [...clock.stretches.slice(0, -1), { ...last, aheadMs }]
  return { stretches: stretches.slice(-maxStretches), readMs: ownMs }
}

/** The agent's time → the edge's, whole Unix ms. */
export function toEdgeTime({ stretches }: EdgeClock, ownMs: number): number {
  const stretch = stretches.findLast(({ sinceMs }) => sinceMs <= ownMs) ?? stretches[0]
  return Math.round(ownMs + (stretch?.aheadMs ?? 0))
}
