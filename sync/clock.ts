import { setTimeout } from 'node:timers/promises'

/** The agent's time. */
export type Clock = {
  /** Unix ms. */
  nowMs(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The longest delay of Node's timers (ms); a longer sleep ends early, and the caller checks the time again. */
const maxSleepMs = 2 ** 31 - 1

/** A clock with Node's timers; the caller passes `nowMs`, usually Date.now. */
export function createClock(nowMs: () => number): Clock {
  return {
    nowMs,
    sleep: async (ms, signal) => {
      try {
        await setTimeout(Math.min(Math.max(0, ms), maxSleepMs), undefined, { signal })
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
