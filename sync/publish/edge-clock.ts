/**
 * The known offsets of the edge's clock: by how much it was ahead, and since when. Unix ms; `sinceMs` and `readMs` are
 * the agent's time.
 */
export type EdgeClock = {
  readonly stretches: readonly { readonly sinceMs: number; readonly aheadMs: number }[]
  /** When the edge's clock was last read. */
  readonly readMs: number
}

/** Before the first answer, the edge's clock is assumed to be equal to the agent's. */
export const unknownEdgeClock: EdgeClock = { stretches: [], readMs: Number.NEGATIVE_INFINITY }

/** If two readings differ by more than this (ms), and by more than the round trip explains, a clock was set. */
const jumpMs = 2_000

/** The number of stretches kept. Older ones are not needed, since no proof of life is that old. */
const maxStretches = 8

/**
 * Adds a reading: at the agent's time `ownMs`, within half of `roundTripMs`, the edge's clock was ahead by `aheadMs`.
 * If one of the two clocks was set since the last reading, or the agent's machine slept, earlier times keep the old
 * difference. The moment of the jump is unknown, so times between the two readings get the difference that makes them
 * older.
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
