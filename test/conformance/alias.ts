import type { Answer, Line } from './answer.ts'
import { type Context, negative, placeOf, type Question } from './context.ts'
import { exists, isForeign } from './existence.ts'

/** The expected result of an alias: the possible whole answers, and the end of the chain. */
export type Chased = {
  readonly answers: readonly Answer[]
  readonly end: 'inside' | 'outside' | 'loop' | 'limit'
}

/** A chain without result: SERVFAIL; the extended error has the reason. */
const failure: Answer = {
  rcode: 'SERVFAIL',
  authoritative: true,
  answer: [],
  authority: [],
  additional: [],
}

/** kubedoh's limit of aliases in one answer. */
const maxAliases = 8

/**
 * The alias at a name, by CoreDNS's answer for type CNAME or else by the objects; undefined when there is none,
 * or only an endpoint whose address is not an IP address.
 */
export function aliasAt(name: string, context: Context): Line | undefined {
  const place = placeOf(name, context)
  if (!place || isForeign(place, context)) return undefined
  const { objects } = context
  if (objects && !objects.aliases.has(place.labels.join('.'))) return undefined
  const said = context.theirs(name.toLowerCase(), 'CNAME')
  const line = said?.answer.find(({ type }) => type === 'CNAME')
  if (line) return { ...line, owner: name }
  const target = said ? undefined : objects?.aliases.get(place.labels.join('.'))
  if (target === undefined || place.isReverse) return undefined
  return { owner: name, ttl: context.ttlSeconds, type: 'CNAME', rdata: target }
}

/**
 * The expected answer of an alias for a type: its CNAME, those of the chain, and the records of the last name with the
 * rcode of that (RFC 6604). Undefined if the name is not an alias.
 */
export function chase({ name, type }: Question, context: Context, correct: Correct): Chased | undefined {
  const chain: Line[] = []
  const seen = new Set<string>()
  for (let owner = name; ; owner = chain.at(-1)?.rdata ?? '') {
    const place = placeOf(owner, context)
    // Aliases are not followed to reverse names.
    if (!place || (place.isReverse && chain.length > 0))
      return { answers: outside(chain, owner, type, context), end: 'outside' }
    const alias = aliasAt(owner, context)
    if (!alias) {
      if (chain.length === 0) return undefined
      return { answers: [behind(chain, correct({ name: owner, type }))], end: 'inside' }
    }
    chain.push(alias)
    if (type === 'ANY' || type === 'CNAME') return { answers: [positive(chain)], end: 'inside' }
    const target = alias.rdata.toLowerCase()
    if (seen.has(target)) return { answers: [failure], end: 'loop' }
    if (chain.length > maxAliases) return { answers: [failure], end: 'limit' }
    seen.add(target)
  }
}

/** The right answer for a name that is not an alias. */
export type Correct = (question: Question) => Answer

/** The right answer where CoreDNS was not asked: NODATA or NXDOMAIN, since no name has records of these types. */
export function unasked({ name }: Question, context: Context): Answer {
  const place = placeOf(name, context)
  if (!place) throw new Error(`${name} is not in any zone`)
  return negative(exists(name, context) ? 'NOERROR' : 'NXDOMAIN', place, context)
}

function behind(chain: readonly Line[], end: Answer): Answer {
  return { ...end, answer: [...chain, ...end.answer] }
}

function positive(answer: readonly Line[]): Answer {
  return { rcode: 'NOERROR', authoritative: true, answer, authority: [], additional: [] }
}

/** A chain that leaves the zones: an upstream resolver completes it; without one it is the whole answer. */
function outside(chain: readonly Line[], target: string, type: string, { upstream }: Context): Answer[] {
  if (!upstream) return [positive(chain)]
  const said = upstream(target, type)
  if (said === 'unreachable' || !['NOERROR', 'NXDOMAIN'].includes(said.rcode)) return [failure]
  return [{ ...behind(chain, said), authoritative: true, authority: said.authority, additional: [] }]
}
