/**
 * Unix time in ms: the machine's clock at the start of this process, advanced by the monotonic clock. The age of data
 * then stays right when the machine's clock is corrected.
 */
export function steadyNowMs(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
