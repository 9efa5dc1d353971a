import { answerTtl } from './answer-ttl.ts'
import type { Outcome } from './ask-endpoints.ts'

/** One question that is asked again and again. */
export type OutcomeWatch = {
  readonly ask: () => Promise<Outcome>
  /** A text that is equal for outcomes with the same content. */
  readonly contentOf: (outcome: Outcome) => string
  /** Called with the first outcome, and with each one whose content is not that of the outcome before. */
  readonly onChange: (outcome: Outcome) => void
  /** The time between an answer and the next query (seconds); undefined: until the answer's TTL has passed. */
  readonly everySeconds: number | undefined
  /** Resolves after a time (ms). */
  readonly sleep: (ms: number) => Promise<unknown>
  /** Ends the watch after the current query or sleep. */
  readonly signal: AbortSignal
}

/** The bounds of the time between two queries that follows from TTLs (seconds). */
const ttlBounds = { least: 1, most: 300 }

/** The time until the next query when no answer has a TTL (seconds). */
const withoutTtl = 5

/** Asks until the signal. Throws the errors of `ask`. */
export async function watchOutcomes(watch: OutcomeWatch): Promise<void> {
  const { ask, contentOf, onChange, everySeconds, sleep, signal } = watch
  let former: string | undefined
  while (!signal.aborted) {
    const outcome = await ask()
    if (signal.aborted) return
    const content = contentOf(outcome)
    if (content !== former) onChange(outcome)
    former = content
    await sleep(1_000 * (everySeconds ?? secondsUntilNext(outcome)))
  }
}

function secondsUntilNext({ answers }: Outcome): number {
  const ttls = answers.flatMap(({ message }) => answerTtl(message) ?? [])
  if (ttls.length === 0) return withoutTtl
  return Math.min(Math.max(Math.min(...ttls), ttlBounds.least), ttlBounds.most)
}
