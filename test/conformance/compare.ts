import { type Answer, type Line, lineText } from './answer.ts'
import { type Context, placeOf, type Question } from './context.ts'
import { rows } from './rows.ts'

/** The result of a comparison. */
export type Verdict =
  | { readonly kind: 'same' }
  /** They differ only as described by the row of this name in docs/dns.md. */
  | { readonly kind: 'row'; readonly row: string }
  | { readonly kind: 'mismatch'; readonly differences: readonly string[] }

/**
 * Compares the answers of CoreDNS and kubedoh to one question: they are the same, differ by a named row, or do not
 * agree. Sections compare as sets, with TTLs; a CNAME must precede the records of its target; the SOA serial is not
 * compared. A row builds the whole expected message, so one deviation never hides another one.
 */
export function compare(question: Question, theirs: Answer, ours: Answer, context: Context): Verdict {
  const misplaced = misplacedAlias(ours)
  if (misplaced) return { kind: 'mismatch', differences: [`${misplaced}: comes after its target's records`] }
  const differences = differencesOf(theirs, ours, context)
  if (differences.length === 0) return { kind: 'same' }
  for (const { name, expects } of rows) {
    const given = expects({ question, theirs, context, place: placeOf(question.name, context) })
    if (given.some((expected) => differencesOf(expected, ours, context).length === 0))
      return { kind: 'row', row: name }
  }
  const narrowed = inWiderZone(theirs, ours)
  if (narrowed) {
    const verdict = compare(question, theirs, narrowed, context)
    if (verdict.kind === 'same') return { kind: 'row', row: 'reverse-zone' }
    if (verdict.kind === 'row') return verdict
  }
  return { kind: 'mismatch', differences }
}

/** The differences of two messages as text; an empty list if they are the same. */
function differencesOf(theirs: Answer, ours: Answer, context: Context): string[] {
  const differences: string[] = []
  const told = (what: string, one: string, other: string): void => {
    if (one !== other) differences.push(`${what}: ${one} and ${other}`)
  }
  told('rcode', theirs.rcode, ours.rcode)
  told('aa', String(theirs.authoritative), String(ours.authoritative))
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const one = new Set(theirs[section].map((line) => comparable(line, context)))
    const other = new Set(ours[section].map((line) => comparable(line, context)))
    for (const line of one) if (!other.has(line)) differences.push(`${section}: only CoreDNS has ${line}`)
    for (const line of other) if (!one.has(line)) differences.push(`${section}: only kubedoh has ${line}`)
  }
  return differences
}

/** A record as compared: without a SOA's serial; owners outside the zones in lower case, as other servers spelt them. */
function comparable(line: Line, context: Context): string {
  const owner = placeOf(line.owner, context) ? line.owner : line.owner.toLowerCase()
  const rdata = line.type === 'SOA' ? line.rdata.replace(/^(\S+ \S+) \d+ /, '$1 SERIAL ') : line.rdata
  return lineText({ ...line, owner, rdata })
}

/** An alias after records of its target. */
function misplacedAlias({ answer }: Answer): string | undefined {
  const at = answer.findIndex(({ type, owner, rdata }, index) => {
    const isTarget = (line: Line): boolean => line.owner.toLowerCase() === rdata.toLowerCase()
    return (
      type === 'CNAME' && owner.toLowerCase() !== rdata.toLowerCase() && answer.slice(0, index).some(isTarget)
    )
  })
  const line = answer[at]
  return line && !isLoop(answer) ? lineText(line) : undefined
}

function isLoop(answer: readonly Line[]): boolean {
  const owners = answer.filter(({ type }) => type === 'CNAME').map(({ owner }) => owner.toLowerCase())
  return answer.length === owners.length && new Set(owners).size < owners.length
}

/**
 * Our answer with the SOA of a narrower reverse zone replaced by that of their wider one (row reverse-zone); undefined
 * where the zones are not nested that way.
 */
function inWiderZone(theirs: Answer, ours: Answer): Answer | undefined {
  const [wide] = theirs.authority
  const [narrow] = ours.authority
  if (wide?.type !== 'SOA' || narrow?.type !== 'SOA' || ours.authority.length > 1) return undefined
  const zone = narrow.owner
  if (!/\.(in-addr|ip6)\.arpa\.$/i.test(zone) || !zone.toLowerCase().endsWith(`.${wide.owner.toLowerCase()}`))
    return undefined
  const [mname, rname, ...times] = narrow.rdata.split(' ')
  if (mname !== `ns.dns.${zone}` || rname !== `hostmaster.${zone}`) return undefined
  const rdata = [`ns.dns.${wide.owner}`, `hostmaster.${wide.owner}`, ...times].join(' ')
  return { ...ours, authority: [{ ...narrow, owner: wide.owner, rdata }] }
}
