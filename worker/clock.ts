/** Time as the reader sees it; tests bring their own. */
export type Clock = {
  /** Unix ms. */
  now(): number
  /** Resolves after `ms`; `cancel` frees the timer and leaves the promise unsettled. */
  after(ms: number): { readonly done: Promise<void>; cancel(): void }
}

/**
 * A promise's value, or `late` when it takes longer than `ms`. The promise itself goes on. Rejects as it does.
 */
export async function within<T, L>(promise: Promise<T>, ms: number, late: L, clock: Clock): Promise<T | L> {
  const timer = clock.after(ms)
  try {
    return await Promise.race([promise, timer.done.then(() => late)])
  } finally {
    timer.cancel()
  }
}
