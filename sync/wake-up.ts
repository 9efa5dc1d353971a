import type { Clock } from './clock.ts'

/** Wakes whoever waits. It says only "look again": how often it rang, and why, means nothing. */
export type Bell = {
  ring(): void
  /** Did it ring since the last time that somebody asked? */
  rang(): boolean
  /** Resolves when it rings (at once if it has rung and nobody asked), after `ms`, or when the signal aborts. */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void>
}

/** Makes a bell for one waiter. */
export function createBell(): Bell {
  let rung = false
  let wake = (): void => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    rang: () => {
      const was = rung
      rung = false
      return was
    },
    wait: async (ms, clock, signal) => {
      if (rung) return
      const ringing = new AbortController()
      wake = () => ringing.abort()
      await clock.sleep(ms, AbortSignal.any([signal, ringing.signal]))
    },
  }
}
