import type { Lull } from './lull.ts'

/** Lets a number of tasks run at once; the others wait in order. */
export type Gate = {
  /** Runs a task when there is room, after a lull. Rejects as the task does. */
  pass<T>(task: () => Promise<T>): Promise<T>
}

/**
 * Creates a gate. A query that waits at it has cost little yet, so that a burst of datagrams is read before the system's
 * buffer overflows; and when its turn comes, an equal one may have brought its answer.
 */
export function createGate(maxRunning: number, lull: Lull): Gate {
  // A set keeps its order, and its first element is removed in constant time.
  const waiting = new Set<() => Promise<void>>()
  let running = 0
  let isOpening = false

  function open(): void {
    if (isOpening || waiting.size === 0 || running >= maxRunning) return
    isOpening = true
    lull(start)
  }

  function start(): void {
    isOpening = false
    for (const run of waiting) {
      if (running >= maxRunning) return
      waiting.delete(run)
      running++
      void run().finally(() => {
        running--
        open()
      })
    }
  }

  return {
    pass(task) {
      return new Promise((resolve, reject) => {
        waiting.add(() => task().then(resolve, reject))
        open()
      })
    },
  }
}
