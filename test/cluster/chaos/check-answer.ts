import { EDE } from '../../../dns/code.ts'
import type { Inquiry } from './inquiries.ts'
import type { ObjectHistory } from './object-history.ts'
import type { SeenAnswer } from './read-answer.ts'

/** The kinds of wrong answers. */
export type Wrong =
  /** NXDOMAIN for a name that existed all the time. */
  | 'wrong NXDOMAIN'
  /** Records that did not exist at any moment of the declared time. */
  | 'wrong answer'
  /** Parts of two versions between which one write switched; in one answer or in two of one generation. */
  | 'mixture'
  /** An older version after a newer one. */
  | 'backwards'
  /** Too old, without a mark. */
  | 'unmarked'
  /** SERVFAIL, or marked as old, although the data is fresh. */
  | 'withheld'
  /** Dated later than the last contact with the API. */
  | 'date'

export type Verdict =
  | { readonly kind: 'right'; readonly freshness: 'fresh' | 'stale' | 'expired'; readonly lagMs: number }
  | { readonly kind: 'wrong'; readonly what: Wrong; readonly why: string }

/** The age limits that the agent declares. */
export type Limits = { readonly staleMs: number; readonly expiredMs: number }

/**
 * How much more recent than the data an answer's date may be. The API sends the event of a write some time after it
 * acknowledged the write, faults delay events by up to 400 ms, and one event of a kind dates all objects of that kind.
 */
export const allowanceMs = 2_000

/** Tolerance between reading the clock and the answer. */
const slackMs = 250

/** Header times are whole seconds, rounded down. */
const roundingMs = 1_000

/** A function from answers to verdicts. It remembers the answers of each generation. */
export type AnswerCheck = (inquiry: Inquiry, seen: SeenAnswer) => Verdict

/** A check of answers against the history of objects. `cutMs`: the time since which nothing from the API reaches the agent. */
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

/** Checks the age that the answer declares. */
function claimOf(inquiry: Inquiry, seen: SeenAnswer, limits: Limits, cutMs: number | undefined): Claim {
  const wrong = (what: Wrong, why: string): Claim => ({ kind: 'wrong', what, why })
  const { snapshot, ede, text, sentMs, receivedMs } = seen
  const isFailure = text === 'SERVFAIL'
  if (!snapshot) return wrong('withheld', `${text} without a snapshot header`)
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
    if (leastAgeMs > limits.staleMs) return wrong('unmarked', `${leastAgeMs} ms old and marked fresh`)
    if (isFailure) return wrong('withheld', 'SERVFAIL while fresh')
    return ede === undefined ? right('fresh') : wrong('withheld', `extended error ${ede} while fresh`)
  }
  if (state === 'stale') {
    if (mostAgeMs < limits.staleMs) return wrong('withheld', `${mostAgeMs} ms old and marked stale`)
    if (leastAgeMs > limits.expiredMs) return wrong('unmarked', `${leastAgeMs} ms old and not expired`)
    if (inquiry.isImpossible) return right('stale')
    if (text === 'NXDOMAIN') return wrong('wrong NXDOMAIN', 'NXDOMAIN from stale data')
    const expected = isFailure ? EDE.NO_REACHABLE_AUTHORITY : EDE.STALE_ANSWER
    return ede === expected ? right('stale') : wrong('unmarked', `stale with extended error ${ede}`)
  }
  if (state !== 'expired') return wrong('unmarked', `state ${state}`)
  if (mostAgeMs < limits.expiredMs) return wrong('withheld', `${mostAgeMs} ms old and marked expired`)
  if (inquiry.isImpossible) return right('expired')
  return isFailure && ede === EDE.NOT_READY ? right('expired') : wrong('unmarked', `expired: ${text}`)
}

/** A combination of object versions that gives the answer, and the time when its first version was replaced. */
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

/** The number of generations in memory; the edge keeps fewer views. */
const keptGenerations = 64

/**
 * The versions of each object that agree with all answers of a generation so far. Two answers of one generation that
 * agree with no common version are a mixture. A generation whose versions are all older than those of an earlier
 * generation goes backwards.
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
