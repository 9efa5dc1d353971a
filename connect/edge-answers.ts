import { RCODE } from '../dns/code.ts'
import type { AnswerCache } from './cache/answer-cache.ts'
import { isUsableWhenStale, type KeptAnswer, keptAnswer } from './cache/kept-answer.ts'
import { type PlainQuestion, questionKey } from './cache/plain-question.ts'
import { LinkError } from './edge/link-error.ts'
import { allowsStale } from './failure-reply.ts'
import { createFlights } from './flights.ts'
import { createGate } from './gate.ts'
import type { Lull } from './lull.ts'
import { edgeQuery } from './query-forms.ts'
import type { StubCounts } from './stub-counts.ts'

/** Answers of the edge to questions that the cache has no fresh answer to. */
export type EdgeAnswers = {
  /**
   * The answer to a query of the plain form, and whether it is too old and used because the edge cannot be asked. Rejects
   * with LinkError if there is none. `name` is unique for the question.
   */
  find(query: Uint8Array, question: PlainQuestion, name: string): Promise<FoundAnswer>
}

export type FoundAnswer = { readonly kept: KeptAnswer; readonly isStale: boolean }

export type EdgeAnswersParts = {
  readonly cache: AnswerCache
  /** Sends a query to the edge → its answer. Rejects with LinkError. */
  readonly askEdge: (query: Uint8Array) => Promise<Uint8Array>
  /** Whether the edge could not be reached at the last attempt. */
  readonly isAway: () => boolean
  readonly counts: StubCounts
  /** When the edge may be asked: not while a burst of queries is read. */
  readonly lull: Lull
  /** Unix ms. */
  readonly now: () => number
}

/** How long a client waits for the edge if there is a stale answer (ms). RFC 8767 §5 allows up to 1,800. */
const staleWaitMs = 500

/** Questions that are asked at once. More than the edge takes at once, so that it never waits for the next ones. */
const maxAsking = 200

/**
 * Asks the edge, once for equal questions of several clients. While it is away, gives no answer in time or cannot resolve the
 * name, an earlier answer is used (RFC 8767); the question is asked nevertheless, so that its end is noticed.
 */
export function createEdgeAnswers(parts: EdgeAnswersParts): EdgeAnswers {
  const { cache, askEdge, isAway, counts, now } = parts
  const flights = createFlights<KeptAnswer>(staleWaitMs, now)
  const gate = createGate(maxAsking, parts.lull)

  async function ask(query: Uint8Array, question: PlainQuestion): Promise<KeptAnswer> {
    counts.asked++
    const key = questionKey(query, question.end)
    const kept = keptAnswer(await askEdge(edgeQuery(key)), key, now())
    if (typeof kept === 'string')
      throw new LinkError('EDGE_ANSWER', `the edge's answer cannot be used: ${kept}`)
    const isWorse = kept.rcode === RCODE.SERVFAIL && usableStale(query, question) !== undefined
    if (kept.lifetimeMs > 0 && !isWorse) cache.put(question, kept)
    return kept
  }

  function usableStale(query: Uint8Array, question: PlainQuestion): KeptAnswer | undefined {
    const kept = cache.get(query, question)
    return kept && isUsableWhenStale(kept, now()) ? kept : undefined
  }

  return {
    async find(query, question, name) {
      const stale = usableStale(query, question)
      const flight = flights.join(name, () => gate.pass(() => ask(query, question)))
      if (!stale) return { kept: await flight.result, isStale: false }
      if (isAway() || flight.isLate()) return { kept: stale, isStale: true }
      try {
        const kept = await Promise.race([flight.result, flight.late()])
        if (kept && kept.rcode !== RCODE.SERVFAIL) return { kept, isStale: false }
      } catch (error) {
        if (!allowsStale(error)) throw error
      }
      return { kept: stale, isStale: true }
    },
  }
}
