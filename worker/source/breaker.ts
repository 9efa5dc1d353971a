import { type Clock, within } from '../clock.ts'
import type { Tasks } from '../ports.ts'

/** Asks something that may be away. After a failure it is not asked for a while. */
export type Breaker = {
  /**
   * The result, or 'away' if it failed twice, was too late, or is not asked now. A late action goes on after the answer
   * (`tasks`), and its success ends the rest. Never rejects.
   */
  ask<T>(action: () => Promise<T>, tasks: Tasks): Promise<T | 'away'>
  isOpen(nowMs: number): boolean
}

/** The longest wait for one answer, and the time without questions after the first and after further failures (ms). */
export const breakerLimits = { waitMs: 1_000, firstRestMs: 500, longestRestMs: 30_000 }

/** The factor of the rest after each further failure. */
const growth = 4

/** A closed breaker. `onOpen` is called with the reason of each failure. It keeps no promises between requests. */
export function createBreaker(clock: Clock, onOpen: (reason: string) => void): Breaker {
  let openUntilMs = Number.NEGATIVE_INFINITY
  let restMs = breakerLimits.firstRestMs
  const open = (reason: string): 'away' => {
    const nowMs = clock.now()
    // Others that asked at the same time fail too, but only the first failure counts.
    if (nowMs < openUntilMs) return 'away'
    onOpen(reason)
    openUntilMs = nowMs + restMs
    restMs = Math.min(restMs * growth, breakerLimits.longestRestMs)
    return 'away'
  }
  const close = (): void => {
    openUntilMs = Number.NEGATIVE_INFINITY
    restMs = breakerLimits.firstRestMs
  }
  return {
    async ask(action, tasks) {
      if (clock.now() < openUntilMs) return 'away'
      // A Durable Object that was moved or restarted fails once.
      const result = action()
        .catch(action)
        .then(
          (value) => {
            close()
            return { value }
          },
          (error: unknown) => ({ reason: String(error) }),
        )
      tasks.waitUntil(result)
      const answer = await within(result, breakerLimits.waitMs, undefined, clock)
      if (!answer) return open(`no answer within ${breakerLimits.waitMs} ms`)
      return 'value' in answer ? answer.value : open(answer.reason)
    },
    isOpen: (nowMs) => nowMs < openUntilMs,
  }
}
