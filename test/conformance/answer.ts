import { typeText } from '../../client/record-type.ts'
import { formatAddress } from '../../dns/address.ts'
import { RCODE, TYPE } from '../../dns/code.ts'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameToText } from '../../dns/name.ts'

/** A record as dig prints it: absolute names with a final dot, the TTL in seconds, the rdata's words by single spaces. */
export type Line = {
  readonly owner: string
  readonly ttl: number
  readonly type: string
  readonly rdata: string
}

/** The compared parts of a DNS message. OPT is left out. */
export type Answer = {
  /** Such as NOERROR or NXDOMAIN. */
  readonly rcode: string
  readonly authoritative: boolean
  readonly answer: readonly Line[]
  readonly authority: readonly Line[]
  readonly additional: readonly Line[]
}

const rcodes = new Map<number, string>(Object.entries(RCODE).map(([name, code]) => [code, name]))

/** Decodes a message strictly. Throws AssertionError if it is malformed. */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const { flags, sections } = strictDecode(bytes)
  const [answer, authority, additional] = sections.map((records) =>
    records.filter(({ type }) => type !== TYPE.OPT).map(lineOf),
  )
  return {
    rcode: rcodes.get(flags & 0xf) ?? `RCODE${flags & 0xf}`,
    authoritative: (flags & 0x0400) !== 0,
    answer: answer ?? [],
    authority: authority ?? [],
    additional: additional ?? [],
  }
}

type Decoded = ReturnType<typeof strictDecode>['sections'][0][number]

function lineOf({ owner, type, ttl, rdata }: Decoded): Line {
  return { owner: nameToText(owner), ttl, type: typeText(type), rdata: rdataText(type, rdata) }
}

const named: readonly number[] = [TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.SRV, TYPE.SOA]

function rdataText(type: number, rdata: Decoded['rdata']): string {
  if (type === TYPE.A || type === TYPE.AAAA)
    return formatAddress(Buffer.from(String(rdata[0] ?? ''), 'latin1'))
  if (type === TYPE.TXT || type === TYPE.HINFO) return rdata.map((item) => `"${item}"`).join(' ')
  if (named.includes(type)) {
    return rdata.map((item) => (typeof item === 'string' ? nameToText(item) : item)).join(' ')
  }
  const bytes = Buffer.from(String(rdata[0] ?? ''), 'latin1')
  return `\\# ${bytes.length} ${bytes.toString('hex')}`.trimEnd()
}

/** A line in dig's format, without its column widths. */
export function lineText({ owner, ttl, type, rdata }: Line): string {
  return `${owner} ${ttl} IN ${type} ${rdata}`
}

/** A line from `lineText`, or of a zone file with TTL and class → the record. Throws if it is not such a line. */
export function parseLine(text: string): Line {
  const [, owner, ttl, type, rdata] = /^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.*\S)\s*$/.exec(text) ?? []
  if (owner === undefined || type === undefined || rdata === undefined)
    throw new Error(`"${text}" is not a record; an example is "web.svc. 5 IN A 192.0.2.1"`)
  return { owner, ttl: Number(ttl), type, rdata: rdata.replaceAll(/\s+/g, ' ') }
}

/** An answer as dig shows it: status, flags, and each section that has records. */
export function answerText({ rcode, authoritative, answer, authority, additional }: Answer): string {
  const section = (title: string, lines: readonly Line[]): string[] =>
    lines.length === 0 ? [] : [`;; ${title} SECTION:`, ...lines.map(lineText)]
  return [
    `;; status: ${rcode}, flags:${authoritative ? ' aa' : ''}; ANSWER: ${answer.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}`,
    ...section('ANSWER', answer),
    ...section('AUTHORITY', authority),
    ...section('ADDITIONAL', additional),
  ].join('\n')
}
