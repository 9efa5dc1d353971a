/** How often readers should ask, so that the day's reads stay within a budget. */
export type PollBudget = {
  /** Counts one read. */
  count(nowMs: number): void
  /** The least time between two reads of one reader (ms). */
  againMs(): number
}

/** Reads are counted over this time before the interval is set again (ms). */
const windowMs = 60_000

/** The shortest and the longest interval (ms). */
const shortestMs = 1_000
const longestMs = 60_000

const dayMs = 24 * 60 * 60_000

/**
 * Stretches the interval of readers in proportion to their number. The reads of a window were made at the last interval, so
 * their number times that interval does not depend on it, and divided by the budget gives the interval that meets it. Without
 * a budget (null) the interval is always the shortest.
 */
export function createPollBudget(readsPerDay: number | null): PollBudget {
  let beganMs: number | undefined
  let reads = 0
  let againMs = shortestMs
  return {
    count(nowMs) {
      beganMs ??= nowMs
      reads++
      const passedMs = nowMs - beganMs
      if (readsPerDay === null || passedMs < windowMs) return
      const wantedMs = ((reads / passedMs) * againMs * dayMs) / readsPerDay
      againMs = Math.round(Math.min(longestMs, Math.max(shortestMs, wantedMs)))
      beganMs = nowMs
      reads = 0
    },
    againMs: () => againMs,
  }
}
