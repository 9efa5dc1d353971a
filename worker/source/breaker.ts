import { type Clock, within } from '../clock.ts'

/** Asks something that may be away. After a failure it is not asked for a while. */
export type Breaker = {
  /** The result, or 'away' if it failed, was too late, or is not asked now. Never rejects. */
  ask<T>(action: () => Promise<T>): Promise<T | 'away'>
  isOpen(nowMs: number): boolean
}

/** The longest wait for one answer, and the time without questions after a failure (ms). */
export const breakerLimits = { waitMs: 1_000, restMs: 30_000 }

/** A closed breaker. `onOpen` is called with the reason of each failure. It keeps no promises between requests. */
export function createBreaker(clock: Clock, onOpen: (reason: string) => void): Breaker {
  let openUntilMs = Number.NEGATIVE_INFINITY
  const open = (reason: string): 'away' => {
    const nowMs = clock.now()
    // Others that asked at the same time fail too, but the first one tells.
    if (nowMs >= openUntilMs) onOpen(reason)
    openUntilMs = nowMs + breakerLimits.restMs
    return 'away'
  }
  return {
    async ask(action) {
      if (clock.now() < openUntilMs) return 'away'
      try {
        const answer = await within(
          action().then((value) => ({ value })),
          breakerLimits.waitMs,
          undefined,
          clock,
        )
        return answer ? answer.value : open(`no answer within ${breakerLimits.waitMs} ms`)
      } catch (error) {
        return open(String(error))
      }
    },
    isOpen: (nowMs) => nowMs < openUntilMs,
  }
}
