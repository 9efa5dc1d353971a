import type { Log } from '../../worker/ports.ts'

/**
 * The signal by which a server closes, made from the one that asks it to end. After SIGTERM a server that `isServing`
 * answers for another `drainMs` (ms): balancers and endpoint lists still send queries to it until they have read that it
 * is not ready. It closes at once after SIGINT, which comes from a terminal, and while it does not serve yet. The
 * reason of the signal's abort stays the same.
 */
export function closingAfterDrain(
  signal: AbortSignal,
  {
    drainMs,
    isServing,
    log,
  }: { readonly drainMs: number; readonly isServing: () => boolean; readonly log: Log },
): AbortSignal {
  const closing = new AbortController()
  const close = (): void => closing.abort(signal.reason)
  const begin = (): void => {
    if (drainMs === 0 || !isTermination(signal.reason) || !isServing()) return close()
    log.info('shutting down: not ready from now on, still answering', { drainSeconds: drainMs / 1000 })
    setTimeout(close, drainMs)
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  return closing.signal
}

function isTermination(reason: unknown): boolean {
  return reason instanceof Error && reason.message === 'SIGTERM'
}
