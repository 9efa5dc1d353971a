import type { Clock } from './clock.ts'

/** Wakes one waiting loop. It carries no data: the loop looks at the current state, however often it was woken. */
export type WakeUp = {
  wake(): void
  /** Whether `wake` was called since the last call of `isDue`. */
  isDue(): boolean
  /** Resolves on `wake` (at once if a wake-up is due), after `ms`, or when the signal aborts. */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void>
}

/** Makes a wake-up for one waiter. */
export function createWakeUp(): WakeUp {
  let due = false
  let interrupt = (): void => {}
  return {
    wake: () => {
      due = true
      interrupt()
    },
    isDue: () => {
      const was = due
      due = false
      return was
    },
    wait: async (ms, clock, signal) => {
      if (due) return
      const woken = new AbortController()
      interrupt = () => woken.abort()
      await clock.sleep(ms, AbortSignal.any([signal, woken.signal]))
    },
  }
}
