import type { Answer, Line } from '../../conformance/answer.ts'
import { compare, type Verdict } from '../../conformance/compare.ts'
import type { Context, Question } from '../../conformance/context.ts'
import { objectNames } from '../../conformance/object-names.ts'
import type { Objects } from './api.ts'
import { unanswered } from './coredns-client.ts'
import { isAskable } from './questions.ts'

/** A question and both answers. */
export type Pair = { readonly question: Question; readonly theirs: Answer; readonly ours: Answer }

/** A pair and the result of its comparison. */
export type Compared = Pair & { readonly verdict: Verdict }

/** The evidence for comparing: the current objects, and CoreDNS to ask for more. */
export type Scene = {
  readonly objects: Objects
  /** Whether both name endpoints without hostname as their pods. */
  readonly endpointPodNames: boolean
  readonly ask: (questions: readonly Question[]) => Promise<Answer[]>
}

export const zones = ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.']

/** Evidence leads to more evidence: an alias to its target, that to its namespace. */
const depth = 24

/**
 * Compares answers pair by pair. Judging a row may need further answers of CoreDNS: these are fetched and the
 * comparison is repeated until none is missing.
 */
export async function compareAll(
  pairs: readonly Pair[],
  { objects, endpointPodNames, ask }: Scene,
): Promise<Compared[]> {
  const answers = new Map(pairs.map(({ question, theirs }) => [key(question), theirs]))
  const names = objectNames(objects, {
    namespaces: [],
    endpointPodNames,
    domain: 'cluster.local.',
    zone: 'cluster.local.',
  })
  let isLacking = false
  const wanted = new Map<string, Question>()
  const context: Context = {
    theirs(name, type) {
      const found = answers.get(key({ name, type }))
      if (!found && isAskable(name)) {
        isLacking = true
        wanted.set(key({ name, type }), { name, type })
      }
      return found === unanswered ? undefined : found
    },
    zones,
    ttlSeconds: 5,
    nameservers: [],
    objects: names,
  }
  const done = new Map<number, Compared>()
  for (let turn = 0; turn < depth && done.size < pairs.length; turn++) {
    for (const [at, pair] of pairs.entries()) {
      if (done.has(at)) continue
      isLacking = false
      const verdict = judge(pair, context)
      if (verdict.kind === 'same' || !isLacking || turn === depth - 1) done.set(at, { ...pair, verdict })
    }
    const missing = [...wanted.values()]
    wanted.clear()
    const fetched = await ask(missing)
    for (const [at, question] of missing.entries()) {
      const answer = fetched[at]
      if (answer) answers.set(key(question), answer)
    }
  }
  return [...done.values()]
}

/**
 * Compares one pair. CoreDNS gives no answer at all where a PTR would have an empty label, as for a slice without service
 * label (row unlabelled-slices); then the expected PTRs are derived from the objects.
 */
function judge({ question, theirs, ours }: Pair, context: Context): Verdict {
  if (theirs !== unanswered) return compare(question, theirs, ours, context)
  const name = question.name.toLowerCase()
  const { forward, reverse } = context.objects ?? { forward: new Set(), reverse: new Set() }
  const isKnown = ({ type, rdata }: Line): boolean =>
    type === 'PTR' && forward.has(rdata.toLowerCase().replace(/\.cluster\.local\.$/, ''))
  const isLeft = reverse.has(name)
    ? ours.rcode === 'NOERROR' && ours.answer.length > 0 && ours.answer.every(isKnown)
    : ours.rcode === 'NXDOMAIN' && ours.answer.length === 0
  return name.endsWith('.arpa.') && question.type === 'PTR' && isLeft
    ? { kind: 'row', row: 'unlabelled-slices' }
    : { kind: 'mismatch', differences: ['CoreDNS gives no answer'] }
}

function key({ name, type }: Question): string {
  return `${name} ${type}`
}
