import { faultText } from '../worker/http/fault-text.ts'
import type { Log, Tasks } from '../worker/ports.ts'

/** Tasks that outlive their requests, and a way to wait for them. */
export type PendingTasks = Tasks & {
  /** Settles when no task is left, including tasks that other tasks have started. Never rejects. */
  readonly settled: () => Promise<void>
}

/** Creates Tasks for Node: it keeps promises so that `settled` can wait for them, and logs their failures. */
export function createTasks(log: Log): PendingTasks {
  const pending = new Set<Promise<unknown>>()
  return {
    waitUntil(promise) {
      const kept = promise
        .catch((error: unknown) => log.warn('background task failed', { error: faultText(error) }))
        .finally(() => pending.delete(kept))
      pending.add(kept)
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}
