import { compareOrder, type History, type Order, type Span } from './history.ts'

/** The kinds of wrong behaviour. */
export const wrongKinds = [
  'lost',
  'twice',
  'wrong NXDOMAIN',
  'wrong answer',
  'backwards',
  'unanswered',
  'other 5xx',
  'hung',
] as const

export type WrongKind = (typeof wrongKinds)[number]

/** Something that must not happen, at the time of its end. */
export type Wrong = { readonly kind: WrongKind; readonly atMs: number; readonly text: string }

/** The rules of a history. */
export type Rules = {
  /** The right answer of a version to a name. */
  readonly answerOf: (version: number, name: string) => string
  /** The longest time in which an edge answers an agent (ms). */
  readonly callLimitMs: number
}

/**
 * What is wrong in a history:
 *   lost            an accepted root is not in the register any more, or an older one was accepted after it;
 *   twice           two roots with the same generation and term, and other bytes, were accepted;
 *   wrong NXDOMAIN  a name is denied that the root named by the answer has;
 *   wrong answer    any other answer that is not the one of that root, or of a root that was never accepted;
 *   backwards       an edge answers from an older root than before, also if it was restarted in between;
 *   unanswered      a query has no answer although the edge was running all the time;
 *   other 5xx       an agent gets 500 or above other than 503 with Retry-After;
 *   hung            an agent gets no answer in time although the edge was running all the time.
 */
export function checkHistory(history: History, rules: Rules): Wrong[] {
  return [
    ...lostRoots(history),
    ...acceptedTwice(history),
    ...wrongAnswers(history, rules),
    ...backwards(history),
    ...wrongCalls(history, rules),
  ].toSorted((one, other) => one.atMs - other.atMs)
}

type Placed = Span & { readonly order: Order; readonly text: string }

function acceptedIn({ puts, roots }: History): Placed[] {
  return puts.flatMap(({ root, edge, outcome, ...span }) => {
    const fact = roots.get(root)
    if (outcome !== 'accepted' || !fact) return []
    return [{ ...span, order: fact, text: `${placeOf(fact)} accepted by edge ${edge}` }]
  })
}

function lostRoots(history: History): Wrong[] {
  const accepted = acceptedIn(history)
  const seen = [
    ...accepted,
    ...history.reads.map(({ edge, root, ...span }) => {
      const order = root ?? { generation: 0, term: 0 }
      return { ...span, order, text: `${root ? placeOf(root) : 'no root'} read at edge ${edge}` }
    }),
  ]
  return afterNewer(accepted, seen).map(({ earlier, later }) => ({
    kind: 'lost',
    atMs: later.endedMs,
    text: `${later.text}, after ${earlier.text}`,
  }))
}

/** The facts that began after the end of a newer one, each with the newest of these. */
function afterNewer(earlier: readonly Placed[], later: readonly Placed[]) {
  const ended = earlier.toSorted((one, other) => one.endedMs - other.endedMs)
  const wrong: { earlier: Placed; later: Placed }[] = []
  let at = 0
  let newest: Placed | undefined
  for (const each of later.toSorted((one, other) => one.sentMs - other.sentMs)) {
    for (let next = ended[at]; next && next.endedMs <= each.sentMs; next = ended[++at])
      if (!newest || compareOrder(next.order, newest.order) > 0) newest = next
    if (newest && compareOrder(each.order, newest.order) < 0) wrong.push({ earlier: newest, later: each })
  }
  return wrong
}

function acceptedTwice({ puts, roots }: History): Wrong[] {
  const byPlace = new Map<string, string>()
  return puts.flatMap(({ root, edge, outcome, endedMs }) => {
    const fact = roots.get(root)
    if (outcome !== 'accepted' || !fact) return []
    const place = placeOf(fact)
    const first = byPlace.get(place) ?? root
    byPlace.set(place, first)
    if (first === root) return []
    const text = `${place} accepted as version ${roots.get(first)?.version} and, by edge ${edge}, as version ${fact.version}`
    return [{ kind: 'twice', atMs: endedMs, text }]
  })
}

function wrongAnswers(history: History, { answerOf }: Rules): Wrong[] {
  const versions = versionsByGeneration(history)
  return history.answers.flatMap(({ edge, name, generation, text, why, sentMs, endedMs }): Wrong[] => {
    const about = `edge ${edge} answers ${text} to ${name}`
    const isAway = wasAway(history, edge, { sentMs, endedMs })
    // An edge that starts may listen before it has read a root.
    if (isAway && generation === undefined && (text === 'none' || text === 'SERVFAIL')) return []
    if (text === 'none') {
      return [{ kind: 'unanswered', atMs: endedMs, text: `edge ${edge}, ${name}: ${why}` }]
    }
    if (generation === undefined)
      return [{ kind: 'wrong answer', atMs: endedMs, text: `${about} from no root` }]
    const right = (versions.get(generation) ?? []).map((version) => answerOf(version, name))
    if (right.includes(text)) return []
    const isDenied = (text === 'NXDOMAIN' || text === 'NODATA') && right.length > 0
    const kind = isDenied ? 'wrong NXDOMAIN' : 'wrong answer'
    return [
      { kind, atMs: endedMs, text: `${about} at generation ${generation}; right: ${right.join(' or ')}` },
    ]
  })
}

/** The versions of the roots that may be in force with a generation: those that were not only refused. */
function versionsByGeneration({ roots, puts }: History): Map<number, number[]> {
  const possible = new Set(puts.flatMap(({ root, outcome }) => (outcome === 'refused' ? [] : [root])))
  const versions = new Map<number, number[]>()
  for (const { id, generation, version } of roots.values())
    if (possible.has(id)) versions.set(generation, [...(versions.get(generation) ?? []), version])
  return versions
}

function backwards({ answers }: History): Wrong[] {
  const edges = [...new Set(answers.map(({ edge }) => edge))]
  return edges.flatMap((own) => {
    const placed = answers.flatMap(({ edge, name, generation, ...span }): Placed[] => {
      if (edge !== own || generation === undefined) return []
      return [{ ...span, order: { generation, term: 0 }, text: `generation ${generation} in ${name}` }]
    })
    return afterNewer(placed, placed).map(({ earlier, later }) => ({
      kind: 'backwards' as const,
      atMs: later.endedMs,
      text: `edge ${own}: ${later.text} after ${earlier.text}`,
    }))
  })
}

function wrongCalls(history: History, { callLimitMs }: Rules): Wrong[] {
  return history.calls.flatMap(({ edge, route, status, code, hasRetryAfter, sentMs, endedMs }): Wrong[] => {
    const isAway = wasAway(history, edge, { sentMs, endedMs })
    const ms = Math.round(endedMs - sentMs)
    const text = `edge ${edge}, ${route}: ${status} ${code} after ${ms} ms`
    const isOther = status >= 500 && !(status === 503 && hasRetryAfter)
    if (isOther) return [{ kind: 'other 5xx', atMs: endedMs, text }]
    const isHung = !isAway && (status === 0 || ms > callLimitMs)
    return isHung ? [{ kind: 'hung', atMs: endedMs, text }] : []
  })
}

function wasAway({ aways }: History, edge: number, { sentMs, endedMs }: Span): boolean {
  return aways.some((away) => away.edge === edge && away.fromMs <= endedMs && away.toMs >= sentMs)
}

function placeOf({ generation, term }: Order): string {
  return `generation ${generation}, term ${term}`
}
