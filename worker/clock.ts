/** The edge's source of time. Tests pass their own. */
export type Clock = {
  /** Unix ms. */
  now(): number
  /** Resolves after `ms`; `cancel` frees the timer and leaves the promise unsettled. */
  after(ms: number): { readonly done: Promise<void>; cancel(): void }
}

/**
 * A promise's value, or `late` if it takes longer than `ms`. The promise is not cancelled. Rejects when the promise
 * rejects in time.
 */
export async function within<T, L>(promise: Promise<T>, ms: number, late: L, clock: Clock): Promise<T | L> {
  const timer = clock.after(ms)
  try {
    return await Promise.race([promise, timer.done.then(() => late)])
  } finally {
    timer.cancel()
  }
}
