import { EDE } from '../../../dns/code.ts'
import type { Inquiry } from './inquiries.ts'
import type { ObjectHistory } from './object-history.ts'
import type { SeenAnswer } from './read-answer.ts'

/** What may be wrong with an answer. */
export type Wrong =
  /** A name is denied that was there all the while. */
  | 'wrong NXDOMAIN'
  /** Records that no moment of the claimed time had. */
  | 'wrong answer'
  /** Of two versions that one write replaced by each other, a part of each; in one answer or in two of one generation. */
  | 'mixture'
  /** An older version after a newer one. */
  | 'backwards'
  /** Older than it may be, and does not say so. */
  | 'unmarked'
  /** Withheld, or called old, without need. */
  | 'withheld'
  /** Dated later than the API was last heard of. */
  | 'date'

export type Verdict =
  | { readonly kind: 'right'; readonly freshness: 'fresh' | 'stale' | 'expired'; readonly lagMs: number }
  | { readonly kind: 'wrong'; readonly what: Wrong; readonly why: string }

/** The ages that the agent declares, ms. */
export type Limits = { readonly staleMs: number; readonly expiredMs: number }

/**
 * How much younger an answer may say that it is than it is. The API tells its watchers of a write some time after it
 * acknowledged it, the faults delay events by up to `longestLagMs`, and one event of a kind dates everything of that kind.
 */
export const allowanceMs = 2_000

/** Between the reading of two clocks of one machine, and of the answer. */
const slackMs = 250

/** Header times are whole seconds, rounded down. */
const roundingMs = 1_000

/** Answers → verdicts. It remembers what each generation said. */
export type AnswerCheck = (inquiry: Inquiry, seen: SeenAnswer) => Verdict

/** A check of answers to inquiries about the history's objects. `cutMs`: since when no word of the API reaches the agent. */
export function createAnswerCheck(
  history: ObjectHistory,
  limits: Limits,
  cutMs: () => number | undefined,
): AnswerCheck {
  const memory = createMemory()
  return (inquiry, seen) => {
    const claim = claimOf(inquiry, seen, limits, cutMs())
    if (claim.kind === 'wrong' || claim.withheld) return claim
    const { snapshot } = seen
    if (inquiry.isImpossible || !snapshot) return claim
    const floorMs = snapshot.asOfMs - allowanceMs
    const matches = matchesOf(inquiry, history, { fromMs: floorMs, toMs: seen.receivedMs }, seen.text)
    if (matches.length === 0) return untrue(inquiry, history, seen, floorMs)
    const order = memory(inquiry, snapshot.generation, matches)
    if (order) return { kind: 'wrong', what: order.what, why: order.why }
    const truthEndMs = Math.max(...matches.map(({ endMs }) => endMs))
    return { ...claim, lagMs: Math.max(0, snapshot.asOfMs - truthEndMs) }
  }
}

type Claim = Verdict & { readonly withheld?: boolean }

/** What the answer says of its age, and whether it may. */
function claimOf(inquiry: Inquiry, seen: SeenAnswer, limits: Limits, cutMs: number | undefined): Claim {
  const wrong = (what: Wrong, why: string): Claim => ({ kind: 'wrong', what, why })
  const { snapshot, ede, text, sentMs, receivedMs } = seen
  const isFailure = text === 'SERVFAIL'
  if (!snapshot) return wrong('withheld', `${text}, and nothing is said of a snapshot`)
  const leastAgeMs = sentMs - snapshot.asOfMs - roundingMs - slackMs
  const mostAgeMs = receivedMs - snapshot.asOfMs + slackMs
  const { state } = snapshot
  const right = (freshness: 'fresh' | 'stale' | 'expired'): Claim => ({
    kind: 'right',
    freshness,
    lagMs: 0,
    withheld: isFailure,
  })
  if (cutMs !== undefined && sentMs > cutMs && snapshot.asOfMs > cutMs + allowanceMs)
    return wrong('date', `as of ${snapshot.asOfMs - cutMs} ms after the API was cut off`)
  if (state === 'fresh') {
    if (leastAgeMs > limits.staleMs) return wrong('unmarked', `${leastAgeMs} ms old and called fresh`)
    if (isFailure) return wrong('withheld', 'SERVFAIL while fresh')
    return ede === undefined ? right('fresh') : wrong('withheld', `extended error ${ede} while fresh`)
  }
  if (state === 'stale') {
    if (mostAgeMs < limits.staleMs) return wrong('withheld', `${mostAgeMs} ms old and called stale`)
    if (leastAgeMs > limits.expiredMs) return wrong('unmarked', `${leastAgeMs} ms old and not expired`)
    if (inquiry.isImpossible) return right('stale')
    if (text === 'NXDOMAIN') return wrong('wrong NXDOMAIN', 'denied by stale data')
    const expected = isFailure ? EDE.NO_REACHABLE_AUTHORITY : EDE.STALE_ANSWER
    return ede === expected ? right('stale') : wrong('unmarked', `stale with extended error ${ede}`)
  }
  if (state !== 'expired') return wrong('unmarked', `state ${state}`)
  if (mostAgeMs < limits.expiredMs) return wrong('withheld', `${mostAgeMs} ms old and called expired`)
  if (inquiry.isImpossible) return right('expired')
  return isFailure && ede === EDE.NOT_READY ? right('expired') : wrong('unmarked', `expired: ${text}`)
}

/** A combination of the objects' versions that makes the answer, and when its oldest part ended to be true. */
type Match = { readonly ats: readonly number[]; readonly endMs: number }

function matchesOf(
  inquiry: Inquiry,
  history: ObjectHistory,
  window: { readonly fromMs: number; readonly toMs: number },
  text: string,
): Match[] {
  return combinations(inquiry, history, window)
    .filter((versions) => inquiry.expect(versions.map(({ state }) => state)) === text)
    .map((versions) => ({
      ats: versions.map(({ at }) => at),
      endMs: Math.min(Number.POSITIVE_INFINITY, ...versions.map(({ toMs }) => toMs)),
    }))
}

type Versions = ReturnType<ObjectHistory['between']>

function combinations(
  { keys }: Inquiry,
  history: ObjectHistory,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Versions[] {
  return keys.reduce<Versions[]>(
    (so, key) => {
      const versions = history.between(key, fromMs, toMs)
      return so.flatMap((before) => versions.map((version) => [...before, version]))
    },
    [[]],
  )
}

function untrue(inquiry: Inquiry, history: ObjectHistory, seen: SeenAnswer, floorMs: number): Verdict {
  const window = { fromMs: floorMs, toMs: seen.receivedMs }
  const possible = combinations(inquiry, history, window).map((versions) =>
    inquiry.expect(versions.map(({ state }) => state)),
  )
  const why = `expected one of ${JSON.stringify([...new Set(possible)])}`
  if (seen.text === 'NXDOMAIN') return { kind: 'wrong', what: 'wrong NXDOMAIN', why }
  const all = { fromMs: Number.NEGATIVE_INFINITY, toMs: seen.receivedMs }
  const wasEver = matchesOf(inquiry, history, all, seen.text)
  const past = wasEver.at(-1)
  if (past) return { kind: 'wrong', what: 'wrong answer', why: `${why}; true until ${past.endMs}` }
  const known = new Set(
    combinations(inquiry, history, all).flatMap((versions) =>
      inquiry.expect(versions.map(({ state }) => state)).split('\n'),
    ),
  )
  const isMixed = seen.text.split('\n').every((record) => known.has(record))
  return { kind: 'wrong', what: isMixed ? 'mixture' : 'wrong answer', why }
}

type Range = { least: number; most: number }

/** How many generations back are remembered: the edge keeps fewer views. */
const keptGenerations = 64

/**
 * What each generation said of each object: the versions that all answers of it so far allow. Two answers of one
 * generation that no one version allows are a mixture, and a generation whose versions are all older than an earlier one's
 * goes backwards.
 */
function createMemory() {
  const generations = new Map<number, Map<string, Range>>()
  return (
    { keys }: Inquiry,
    generation: number,
    matches: readonly Match[],
  ): { what: 'mixture' | 'backwards'; why: string } | undefined => {
    const said = generations.get(generation) ?? new Map<string, Range>()
    generations.set(generation, said)
    if (generations.size > keptGenerations) generations.delete(Math.min(...generations.keys()))
    for (const [place, key] of keys.entries()) {
      const ats = matches.map((match) => match.ats[place] ?? 0)
      const before = said.get(key) ?? { least: 0, most: Number.POSITIVE_INFINITY }
      const range = {
        least: Math.max(before.least, Math.min(...ats)),
        most: Math.min(before.most, Math.max(...ats)),
      }
      if (range.least > range.most)
        return {
          what: 'mixture',
          why: `generation ${generation} has version ${ats.join()} of ${key}, and had ${before.least} to ${before.most}`,
        }
      said.set(key, range)
      for (const [other, others] of generations) {
        const then = others.get(key)
        if (!then || other === generation) continue
        const [older, newer] = other < generation ? [then, range] : [range, then]
        if (newer.most < older.least)
          return {
            what: 'backwards',
            why: `${key}: version ${newer.most} in generation ${Math.max(other, generation)}, ${older.least} in ${Math.min(other, generation)}`,
          }
      }
    }
    return undefined
  }
}
