/** Lets a number of tasks run at once; the others wait in order. */
export type Gate = {
  /** Runs a task when there is room. Rejects as the task does. */
  pass<T>(task: () => Promise<T>): Promise<T>
}

/**
 * Creates a gate. A query that waits at it has cost little yet, so that a burst of datagrams is read before the system's
 * buffer overflows; and when its turn comes, an equal one may have brought its answer.
 */
export function createGate(maxRunning: number): Gate {
  // A set keeps its order, and its first element is removed in constant time.
  const waiting = new Set<() => void>()
  let running = 0

  async function run<T>(task: () => Promise<T>): Promise<T> {
    running++
    try {
      return await task()
    } finally {
      running--
      for (const next of waiting) {
        waiting.delete(next)
        next()
        break
      }
    }
  }

  return {
    pass(task) {
      if (running < maxRunning) return run(task)
      return new Promise((resolve, reject) => {
        waiting.add(() => void run(task).then(resolve, reject))
      })
    },
  }
}
