import { setTimeout } from 'node:timers/promises'

/** Time as the agent sees it. */
export type Clock = {
  /** Unix ms. */
  nowMs(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** What Node's timers can hold; whoever sleeps longer wakes early and looks again. */
const maxSleepMs = 2 ** 31 - 1

/** A clock whose timers are Node's; `nowMs` is the caller's, usually Date.now. */
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
