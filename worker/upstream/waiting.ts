import type { Clock } from '../clock.ts'

/** The most questions that wait for upstream at once: of all callers, and of those with one share. */
export const maxWaiting = { all: 512, share: 128 }

/** Counts the questions that wait for upstream. */
export type Waiting = {
  /** Counts a question until the function in the result is called; undefined if too many wait. */
  begin(share: string): (() => void) | undefined
}

type Question = { readonly share: string; readonly startedAtMs: number }

/**
 * An empty count. Each question holds memory and perhaps a connection until upstream answers, so that a caller with new
 * questions about a domain whose servers are silent would stop the edge for everybody. A question is no longer
 * counted after `deadlineMs`: on workerd a request that ends takes its promises with it, and the end is not reported.
 */
export function createWaiting(deadlineMs: number, clock: Pick<Clock, 'now'>): Waiting {
  // In the order in which they began.
  const waiting = new Set<Question>()
  const counts = new Map<string, number>()

  function end(question: Question): void {
    if (!waiting.delete(question)) return
    const left = (counts.get(question.share) ?? 1) - 1
    if (left > 0) counts.set(question.share, left)
    else counts.delete(question.share)
  }

  return {
    begin(share) {
      const nowMs = clock.now()
      for (const question of waiting) {
        if (nowMs - question.startedAtMs < deadlineMs) break
        end(question)
      }
      const own = counts.get(share) ?? 0
      if (waiting.size >= maxWaiting.all || own >= maxWaiting.share) return undefined
      const question = { share, startedAtMs: nowMs }
      waiting.add(question)
      counts.set(share, own + 1)
      return () => end(question)
    },
  }
}
