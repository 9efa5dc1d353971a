/**
 * The interval to wait within after the `failures`-th failure in a row (from 1): `firstMs`, doubled for every further
 * failure, at most `longestMs`.
 */
export function doubledIntervalMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 16))
}

/**
 * A wait (ms) from `leastMs` to `intervalMs` that `random` (0 to 1) chooses, so that clients that failed together do
 * not return together. Where the interval is shorter than `leastMs`, it is `leastMs`.
 */
export function jitteredWaitMs(intervalMs: number, leastMs: number, random: number): number {
  return leastMs + Math.max(0, intervalMs - leastMs) * random
}
