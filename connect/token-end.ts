/** Tells when the first of the URL's tokens is about to end. */
export type TokenEndNotice = {
  /** Looks at the end (RFC 3339; null if there is none) that the edge gave last. */
  look(expires: string | null): void
}

/** The times before the end at which there is a warning (ms): a week, a day, an hour. */
const warnBeforeMs = [7 * 86_400_000, 86_400_000, 3_600_000]

/** Whether the end (RFC 3339; null if there is none) is within a week of `nowMs` (Unix ms), or past. */
export function endsSoon(expires: string | null, nowMs: number): boolean {
  return reached(expires, nowMs) > 0
}

/** Creates a notice that calls `warn` a week, a day and an hour before each end, at the first look after that time. `now` is Unix ms. */
export function createTokenEndNotice(warn: (expires: string) => void, now: () => number): TokenEndNotice {
  let told: { readonly expires: string; readonly steps: number } | undefined
  return {
    look(expires) {
      const steps = reached(expires, now())
      const before = told !== undefined && told.expires === expires ? told.steps : 0
      if (expires === null || steps <= before) return
      told = { expires, steps }
      warn(expires)
    },
  }
}

/** How many of the times in `warnBeforeMs` have been reached. */
function reached(expires: string | null, nowMs: number): number {
  if (expires === null) return 0
  const leftMs = Date.parse(expires) - nowMs
  return warnBeforeMs.filter((beforeMs) => leftMs <= beforeMs).length
}

/** The time from `nowMs` (Unix ms) to an end (RFC 3339), such as '3 days' or '20 minutes'; 'none' if it is past. */
export function timeLeft(expires: string, nowMs: number): string {
  const minutes = Math.floor((Date.parse(expires) - nowMs) / 60_000)
  if (minutes < 0) return 'none'
  if (minutes >= 2 * 1_440) return `${Math.floor(minutes / 1_440)} days`
  if (minutes >= 2 * 60) return `${Math.floor(minutes / 60)} hours`
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}
