import type { Random } from '../../seeded-random.ts'
import type { ChangingObjects } from './changing-objects.ts'
import type { AnswerCheck, Verdict } from './check-answer.ts'
import type { Counts } from './counts.ts'
import type { EdgeClient } from './edge-client.ts'
import type { Inquiry } from './inquiries.ts'
import type { SeenAnswer } from './read-answer.ts'

/** Sends queries continuously, also during faults. */
export type Prober = {
  /** Stops, and waits for queries in progress. */
  stop(): Promise<void>
}

/** Interval between two groups of concurrent questions, two or three each (ms). */
const everyMs = 40

/** The share of questions about recent changes. */
const recentShare = 0.6

/** Input of the prober. */
export type ProberParts = {
  readonly objects: ChangingObjects
  readonly edgeClient: EdgeClient
  readonly check: AnswerCheck
  readonly counts: Counts
  readonly random: Random
  /** Whether a query in this time may remain without an answer. */
  readonly mayBeSilent: (sentMs: number, nowMs: number) => boolean
}

/** Starts to send queries. */
export function startProber(parts: ProberParts): Prober {
  const { objects, random } = parts
  const underWay = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const recent = objects.recent()
    const group = random.pick(random.chance(recentShare) && recent.length > 0 ? recent : objects.groups())
    for (const inquiry of group) {
      const asked: Promise<void> = probe(inquiry, parts).finally(() => underWay.delete(asked))
      underWay.add(asked)
    }
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}

async function probe(
  inquiry: Inquiry,
  { edgeClient, check, counts, mayBeSilent }: ProberParts,
): Promise<void> {
  const sentMs = Date.now()
  let seen: SeenAnswer
  try {
    seen = await edgeClient.see(inquiry)
  } catch (error) {
    if (mayBeSilent(sentMs, Date.now())) counts.unanswered()
    else counts.silent(inquiry, String(error))
    return
  }
  const verdict: Verdict = check(inquiry, seen)
  counts.answered(inquiry, seen, verdict)
}
