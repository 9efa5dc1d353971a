import type { Clock } from '../clock.ts'

/** Aborts a signal when it is not fed for a while, or when a deadline passes. */
export type Watchdog = {
  /** Aborts with `reason()`, or with the outer signal's reason. */
  readonly signal: AbortSignal
  /** Restarts the time without events. */
  feed(): void
  /** Stops the watchdog; must be called. */
  stop(): void
}

/**
 * Starts a watchdog: it aborts after `silenceMs` without `feed`, and in any case after `lifeMs`. `reason` makes the
 * error; its argument is the time since the last `feed` (ms).
 */
export function startWatchdog(
  limits: { readonly silenceMs: number; readonly lifeMs: number },
  clock: Clock,
  outer: AbortSignal,
  reason: (quietMs: number) => Error,
): Watchdog {
  const bark = new AbortController()
  const done = new AbortController()
  const endMs = clock.nowMs() + limits.lifeMs
  let fedMs = clock.nowMs()
  const watch = async (): Promise<void> => {
    const until = AbortSignal.any([done.signal, outer])
    while (!until.aborted) {
      const leftMs = Math.min(fedMs + limits.silenceMs, endMs) - clock.nowMs()
      if (leftMs <= 0) return bark.abort(reason(clock.nowMs() - fedMs))
      await clock.sleep(leftMs, until)
    }
  }
  void watch()
  return {
    signal: AbortSignal.any([bark.signal, outer]),
    feed: () => {
      fedMs = clock.nowMs()
    },
    stop: () => done.abort(),
  }
}
