import type { Log, Tasks } from '../worker/ports.ts'

/** Tasks that outlive their requests, and how to wait for them. */
export type PendingTasks = Tasks & {
  /** Settles once no task is left, tasks that other tasks begin included. Never rejects. */
  readonly settled: () => Promise<void>
}

/** In Node a promise needs nobody's care to go on: it is kept to be waited for, and its failure is logged. */
export function createTasks(log: Log): PendingTasks {
  const pending = new Set<Promise<unknown>>()
  return {
    waitUntil(promise) {
      const kept = promise
        .catch((error: unknown) => log.warn('background task failed', { error: String(error) }))
        .finally(() => pending.delete(kept))
      pending.add(kept)
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}
