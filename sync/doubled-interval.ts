/**
 * The interval to wait within after the `failures`-th failure in a row (from 1): `firstMs`, doubled for every further
 * failure, at most `longestMs`.
 */
export function doubledIntervalMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 16))
}
