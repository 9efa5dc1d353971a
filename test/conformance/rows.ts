import { aliasAt, type Chased, chase, unasked } from './alias.ts'
import type { Answer, Line } from './answer.ts'
import { type Context, isNodata, negative, type Place, placeOf, type Question } from './context.ts'
import {
  exists,
  isBarePort,
  isClaimed,
  isDangling,
  isForeign,
  isInObjects,
  isLeaked,
  isMapped,
  isOverlong,
  isParent,
  isPartialReverse,
  isPartlyBare,
  isPodPrefix,
  isUnlabelled,
  isUnpublished,
} from './existence.ts'

/** A question, CoreDNS's answer, and the place of the name (undefined outside all zones). */
export type Case = {
  readonly question: Question
  readonly theirs: Answer
  readonly place: Place | undefined
  readonly context: Context
}

/** A named deviation: `expects` rebuilds the whole answers that kubedoh may give where the row holds; none where it does not. */
export type Row = { readonly name: string; readonly expects: (given: Case) => readonly Answer[] }

type Placed = Case & { readonly place: Place }

/** A row about names within the zones. */
function row(name: string, expects: (given: Placed) => Answer | readonly Answer[] | undefined): Row {
  return {
    name,
    expects: ({ place, ...given }) => (place ? [expects({ ...given, place }) ?? []].flat() : []),
  }
}

const absent = ({ place, context }: Placed): Answer => negative('NXDOMAIN', place, context)
const empty = ({ place, context }: Placed): Answer => negative('NOERROR', place, context)
const isMissing = ({ theirs }: Case): boolean => theirs.rcode === 'NXDOMAIN' && theirs.answer.length === 0
const isApex = ({ labels }: Place): boolean => labels.length === 0

const typeIndependent = row('type-independent', (given) => {
  const { question, context, place, theirs } = given
  const { name, type } = question
  const isVersion = place.labels.join('.') === 'dns-version' && !place.isReverse
  if (isVersion && type !== 'TXT') return isMissing(given) && type !== 'ANY' ? empty(given) : undefined
  if (type === 'TXT')
    return isMissing(given) && exists(name, context) && !aliasAt(name, context) ? empty(given) : undefined
  if (type === 'PTR' && place.labels.join('.') === 'ns.dns')
    return isMissing(given) ? empty(given) : undefined
  if (type === 'SOA') return isNodata(theirs) && !exists(name, context) ? absent(given) : undefined
  return undefined
})

const emptyNonTerminal = row('empty-non-terminal', (given) => {
  const { question, context, place } = given
  if (!isMissing(given) || question.type === 'ANY') return undefined
  const isBetween = place.labels.join('.') === 'dns'
  const isParentName = !place.isReverse && isParent(question.name, place, context)
  return isBetween || isParentName ? empty(given) : undefined
})

const partialReverse = row('partial-reverse', (given) => {
  const { name, type } = given.question
  return isMissing(given) && isPartialReverse(name) && type !== 'ANY' ? empty(given) : undefined
})

const reverseTypes = row('reverse-types', (given) => {
  const { question, place, context } = given
  if (!isMissing(given) || !place.isReverse || ['PTR', 'ANY', 'SOA'].includes(question.type)) return undefined
  return !isPartialReverse(question.name) && exists(question.name, context) ? empty(given) : undefined
})

const aliasRows = (
  name: string,
  holds: (type: string, end: Chased['end'], rcode: string | undefined) => boolean,
): Row =>
  row(name, ({ question, theirs, context }) => {
    const isBare = theirs.answer.length > 0 && theirs.answer.every(({ type }) => type === 'CNAME')
    if (theirs.rcode !== 'NOERROR') return undefined
    const chased = chase(question, context, (next) => correct(next, context))
    if (!isNodata(theirs) && !isBare && chased?.end !== 'limit') return undefined
    return chased && holds(question.type, chased.end, chased.answers[0]?.rcode) ? chased.answers : undefined
  })

const isAddress = (type: string): boolean => type === 'A' || type === 'AAAA'

const apexNs = row('apex-ns', ({ question, place, context, theirs }) => {
  if (theirs.rcode !== 'NOERROR' || place.asked !== place.zone) return undefined
  const owner = `ns.dns.${place.asked}`
  const addresses = addressLines(owner, context)
  const positive = { rcode: 'NOERROR', authoritative: true, authority: [] }
  if (isApex(place) && question.type === 'NS') {
    const ns = { owner: question.name, ttl: context.ttlSeconds, type: 'NS', rdata: owner }
    return { ...positive, answer: [ns], additional: addresses }
  }
  if (place.labels.join('.') !== 'ns.dns' || !isAddress(question.type)) return undefined
  const answer = addresses.filter(({ type }) => type === question.type)
  return answer.length > 0 ? { ...positive, answer, additional: [] } : negative('NOERROR', place, context)
})

function addressLines(owner: string, { nameservers, ttlSeconds }: Context): Line[] {
  return nameservers.map((address) => ({
    owner,
    ttl: ttlSeconds,
    type: address.includes(':') ? 'AAAA' : 'A',
    rdata: address,
  }))
}

/** The right answer at the name in lower case, its zone spelt as asked. */
const letterCase = row('case', ({ question, place, context, theirs }) => {
  if (place.asked === place.zone) return undefined
  const lower = { name: question.name.toLowerCase(), type: question.type }
  const isNsDns = place.labels.join('.') === 'ns.dns'
  // CoreDNS does not find ns.dns in a zone in upper case; with nothing else recorded, it is an existing name.
  const unrecorded = isNsDns ? nodataAt(lower.name, context) : spelt(theirs, place.asked, place.zone)
  const right = corrected(lower, context.theirs(lower.name, lower.type) ?? unrecorded, context)
  const answer = spelt(right, place.zone, place.asked)
  const owned = (line: Line): Line =>
    line.owner.toLowerCase() === lower.name ? { ...line, owner: question.name } : line
  return { ...answer, answer: answer.answer.map(owned) }
})

function nodataAt(name: string, context: Context): Answer {
  const place = placeOf(name, context)
  if (!place) throw new Error(`${name} is in no zone`)
  return negative('NOERROR', place, context)
}

/** An answer with one spelling of the zone put for another. */
function spelt(answer: Answer, from: string, to: string): Answer {
  const respelt = (text: string): string =>
    text.replaceAll(from, (found, at: number) => (/[^. ]/.test(text[at - 1] ?? '') ? found : to))
  const lines = (given: readonly Line[]): Line[] =>
    given.map((line) => ({ ...line, owner: respelt(line.owner), rdata: respelt(line.rdata) }))
  return {
    ...answer,
    answer: lines(answer.answer),
    authority: lines(answer.authority),
    additional: lines(answer.additional),
  }
}

const any = row('any', ({ question, context }) => {
  const { name, type } = question
  if (type !== 'ANY' || !exists(name, context)) return undefined
  const alias = aliasAt(name, context)
  const hinfo = { owner: name, ttl: context.ttlSeconds, type: 'HINFO', rdata: '"RFC8482" ""' }
  return { rcode: 'NOERROR', authoritative: true, answer: [alias ?? hinfo], authority: [], additional: [] }
})

const fqdnSlices = row('fqdn-slices', (given) => {
  const { theirs, place, context, question } = given
  if (isForeign(place, context)) return theirs.rcode === 'NXDOMAIN' ? undefined : absent(given)
  if (place.isReverse) return undefined
  if (aliasAt(question.name, context)) {
    const isStray = ({ type, owner }: Line): boolean => type === 'CNAME' && !aliasAt(owner, context)
    return theirs.answer.some(isStray)
      ? chase(question, context, (next) => correct(next, context))?.answers
      : undefined
  }
  const aliases = theirs.answer.filter(({ type, owner }) => type === 'CNAME' && owner === question.name)
  if (aliases.length === 0 || !isInObjects(place, context)) return undefined
  const answer = theirs.answer.filter(({ type, owner }) => type !== 'CNAME' && owner === question.name)
  return answer.length > 0 ? { ...theirs, answer } : empty(given)
})

/** SRV and ANY at such a name are not rebuilt. */
const dottedPods = row('dotted-pod-names', (given) => {
  const { question, place, context } = given
  const addresses = context.objects?.dotted.get(place.labels.join('.'))
  if (!addresses || !isMissing(given) || ['SRV', 'ANY'].includes(question.type)) return undefined
  const lines = addresses.map((rdata) => ({
    owner: question.name,
    ttl: context.ttlSeconds,
    type: rdata.includes(':') ? 'AAAA' : 'A',
    rdata,
  }))
  const answer = lines.filter(({ type }) => type === question.type)
  return answer.length > 0
    ? { rcode: 'NOERROR', authoritative: true, answer, authority: [], additional: [] }
    : empty(given)
})

const isPointer = ({ question, theirs, place }: Placed): boolean =>
  question.type === 'PTR' && place.isReverse && theirs.answer.some(({ type }) => type === 'PTR')

/** PTR records left after some that are not published; none means that the name does not exist. */
function pointersLeft(given: Placed, isDropped: (line: Line) => boolean): Answer | undefined {
  const { theirs, context } = given
  if (!isPointer(given) || !theirs.answer.some(isDropped)) return undefined
  const answer = theirs.answer.filter((line) => !isUnpublished(line, context))
  if (answer.length > 0) return { ...theirs, answer }
  return absent(given)
}

const mappedReverse = row('mapped-reverse', (given) =>
  isMapped(given.question.name) && isPointer(given) ? absent(given) : undefined,
)

const reverseContent = row('reverse-content', (given) => {
  const { place, theirs } = given
  const [last = ''] = place.labels.slice(-1)
  if (!place.isReverse || !['svc', 'pod', 'dns-version'].includes(last)) return undefined
  return theirs.rcode === 'NXDOMAIN' ? undefined : absent(given)
})

const podNames = row('pod-prefix', (given) =>
  isPodPrefix(given.place) && given.theirs.rcode === 'NOERROR' ? absent(given) : undefined,
)

const podSrv = row('pod-srv', (given) => {
  const { place, question, theirs } = given
  const isPod = place.labels.at(-1) === 'pod' && place.labels.length === 3
  return isPod && question.type === 'SRV' && theirs.answer.length > 0 ? empty(given) : undefined
})

const longReverse = row('long-reverse', (given) =>
  isOverlong(given.question.name) && isPointer(given) ? absent(given) : undefined,
)

const unlabelled = row('unlabelled-slices', (given) => pointersLeft(given, isUnlabelled))

const leaked = row('namespace-labels', (given) =>
  isMapped(given.question.name) || isOverlong(given.question.name)
    ? undefined
    : pointersLeft(given, (line) => isLeaked(line, given.context)),
)

const danglingPointers = row('dangling-pointers', (given) =>
  isMapped(given.question.name) || isOverlong(given.question.name)
    ? undefined
    : pointersLeft(given, (line) => isDangling(line, given.context)),
)

const publicPointers = row('public-pointers', (given) =>
  pointersLeft(given, (line) => isClaimed(line, given.context)),
)

/** In CoreDNS, a port's name exists also if only endpoints of type FQDN have it, and they count for the weights. */
const foreignPorts = row('fqdn-ports', (given) => {
  const { question, place, context, theirs } = given
  if (theirs.rcode !== 'NOERROR' || place.isReverse) return undefined
  if (place.labels.length !== 5 || place.labels.at(-1) !== 'svc') return undefined
  if (isBarePort(question.name, place, context)) return absent(given)
  return question.type === 'SRV' && isPartlyBare(place, context) ? heavier(theirs) : undefined
})

/** An answer of SRV records whose weights are parts of 100 by fewer: not by those that have no record. */
function heavier(theirs: Answer): Answer[] {
  const weightOf = ({ rdata }: Line): number => Number(rdata.split(' ')[1])
  const [first] = theirs.answer
  if (!first) return []
  const parts = Math.ceil(100 / weightOf(first)) + 1 - theirs.answer.length
  const weights = Array.from({ length: Math.max(0, parts) }, (_, at) =>
    Math.floor(100 / (theirs.answer.length + at)),
  )
  return weights.map((weight) => ({
    ...theirs,
    answer: theirs.answer.map((line) => ({
      ...line,
      rdata: line.rdata.replace(/^(\S+) \S+/, `$1 ${weight}`),
    })),
  }))
}

/** CoreDNS before it has read the cluster is compared with an old snapshot: both do not know whether the name exists. */
const unknown = row('stale', ({ theirs }) =>
  theirs.rcode === 'SERVFAIL' && theirs.authoritative && theirs.answer.length === 0
    ? { rcode: 'SERVFAIL', authoritative: false, answer: [], authority: [], additional: [] }
    : undefined,
)

/** Reverse zones of private ranges (RFC 6303 §4, RFC 6598), of which kubedoh answers that they are empty. */
const privateZones = [
  '(0|10|127)',
  '(1[6-9]|2[0-9]|3[01])[.]172',
  '168[.]192',
  '254[.]169',
  '(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]100',
  '(2[.]0[.]192|100[.]51[.]198|113[.]0[.]203)',
].map((labels) => new RegExp(`(?:^|[.])(${labels}[.]in-addr[.]arpa[.])$`, 'i'))
const privateZones6 = ['[cd][.]f', '[89ab][.]e[.]f', '8[.]b[.]d[.]0[.]1[.]0[.]0[.]2'].map(
  (nibbles) => new RegExp(`(?:^|[.])((?:${nibbles})[.]ip6[.]arpa[.])$`, 'i'),
)

/** A name in none of the zones: CoreDNS hands it to its next plugin, which the recorder marked. */
const outside: Row = {
  name: 'outside',
  expects({ question, theirs, place }) {
    if (place || theirs.answer[0]?.owner !== 'fellthrough.') return []
    const nothing = { answer: [], authority: [], additional: [] }
    const patterns = [...privateZones, ...privateZones6]
    const zone = patterns.map((pattern) => pattern.exec(question.name)?.[1]).find((found) => found)
    if (zone === undefined) return [{ rcode: 'REFUSED', authoritative: false, ...nothing }]
    const rdata = `${zone} nobody.invalid. 1 3600 1200 604800 300`
    const soa = { owner: zone, ttl: 300, type: 'SOA', rdata }
    return [{ rcode: 'NXDOMAIN', authoritative: true, ...nothing, authority: [soa] }]
  },
}

/** Rows of docs/dns.md that no answer can show here: the reason, and the test that covers them. */
export const uncompared: Readonly<Record<string, string>> = {
  'recursion-available': 'recorded answers leave RA out; the runner wants it set in every answer',
  'reverse-zone':
    'corrected before the other rows (compare.ts), since it may occur together with one of them',
  'subset-without-edns': 'every question is asked with OPT',
  'subset-for-firefox': 'no question carries a client subnet',
  'zone-svc': 'CoreDNS was asked in ordinary zones; --zone svc compares with these answers (service-zone.ts)',
  'terminating-pods': 'no recorded answer is about one; worker/answer/pods.test.ts is',
}

/** The rows of docs/dns.md that a difference may come under, in the order in which they are tried. */
export const rows: readonly Row[] = [
  outside,
  reverseContent,
  mappedReverse,
  longReverse,
  unlabelled,
  leaked,
  danglingPointers,
  publicPointers,
  podNames,
  podSrv,
  dottedPods,
  foreignPorts,
  fqdnSlices,
  apexNs,
  any,
  aliasRows('alias-limit', (type, end) => type !== 'ANY' && end === 'limit'),
  aliasRows('alias-loop', (type, end) => type !== 'ANY' && end === 'loop'),
  aliasRows(
    'alias-for-all-types',
    (type, end) => !isAddress(type) && !['loop', 'limit'].includes(end) && type !== 'ANY',
  ),
  aliasRows('alias-kept', (type, end) => isAddress(type) && end === 'inside'),
  aliasRows(
    'alias-abroad',
    (type, end, rcode) => isAddress(type) && end === 'outside' && rcode === 'NXDOMAIN',
  ),
  aliasRows(
    'alias-failure',
    (type, end, rcode) => isAddress(type) && end === 'outside' && rcode !== 'NXDOMAIN',
  ),
  emptyNonTerminal,
  partialReverse,
  reverseTypes,
  typeIndependent,
  unknown,
  // Last: for a name in another case it covers every row that holds in lower case.
  letterCase,
]

/** The right answer to a question: CoreDNS's, or the one that the first matching row derives from it. */
function correct(question: Question, context: Context): Answer {
  const theirs = context.theirs(question.name.toLowerCase(), question.type)
  return theirs ? corrected(question, theirs, context) : unasked(question, context)
}

function corrected(question: Question, theirs: Answer, context: Context): Answer {
  for (const { expects } of rows) {
    const [expected] = expects({ question, theirs, context, place: placeOf(question.name, context) })
    if (expected) return expected
  }
  return theirs
}
