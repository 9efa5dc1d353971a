import dnsPacket, { type Answer, type DecodedPacket, type OptAnswer } from 'dns-packet'
import type { DohAnswer } from './doh-client.ts'
import { QueryError } from './errors.ts'
import { optLines } from './opt-text.ts'
import { nameText, rdataText, typeOf } from './rdata-text.ts'

/** A decoded message with what dns-packet's types leave out. */
type Decoded = DecodedPacket & { readonly opcode: string; readonly rcode: string }

/** Where dig's columns begin, in characters; a tab goes to the next multiple of eight. */
const column = { ttl: 24, class: 32, type: 40, rdata: 48 }
const tabWidth = 8

/** Rcodes that need OPT's upper bits (RFC 6895 §2.3). */
const extendedRcodes: Readonly<Record<number, string>> = { 16: 'BADVERS', 23: 'BADCOOKIE' }

/**
 * A DNS message from `url` as dig prints it: header, OPT, question, the sections that have records, and how it
 * came. Lines end in '\n' but for the last. Throws QueryError ANSWER_INVALID when it is no DNS message.
 */
export function formatAnswer(answer: DohAnswer, url: string): string {
  const message = decode(answer.bytes)
  const opt = message.additionals?.find((record): record is OptAnswer => record.type === 'OPT')
  const others = (message.additionals ?? []).filter((record) => record.type !== 'OPT')
  const questions = (message.questions ?? []).map(({ name, type, class: klass }) => {
    const text = `;${nameText(name)}`
    return padded([text, [column.class, klass ?? 'IN'], [column.type, typeOf(type)]])
  })
  return [
    header(message, answer.bytes, opt),
    ...(opt ? [section('OPT PSEUDOSECTION', optLines(opt)).slice(0, -1)] : []),
    section('QUESTION SECTION', questions),
    section('ANSWER SECTION', (message.answers ?? []).map(recordLine)),
    section('AUTHORITY SECTION', (message.authorities ?? []).map(recordLine)),
    section('ADDITIONAL SECTION', others.map(recordLine)),
    `;; Query time: ${Math.round(answer.ms)} msec\n`,
    `;; SERVER: ${url} (HTTP/${answer.httpVersion})\n`,
    `;; MSG SIZE  rcvd: ${answer.bytes.length}`,
  ].join('')
}

function decode(bytes: Uint8Array): Decoded {
  try {
    return dnsPacket.decode(Buffer.from(bytes)) as Decoded
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new QueryError('ANSWER_INVALID', `the answer is no DNS message (${reason})`, { cause: error })
  }
}

function header(message: Decoded, bytes: Uint8Array, opt: OptAnswer | undefined): string {
  const rcode = ((opt?.extendedRcode ?? 0) << 4) | ((bytes[3] ?? 0) & 0xf)
  const status = rcode > 0xf ? (extendedRcodes[rcode] ?? `RCODE${rcode}`) : message.rcode
  const flags = (['qr', 'aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter(
    (flag) => message[`flag_${flag}`],
  )
  const counts = [message.questions, message.answers, message.authorities, message.additionals]
  const [query, answers, authority, additional] = counts.map((records) => records?.length ?? 0)
  return (
    `;; ->>HEADER<<- opcode: ${message.opcode}, status: ${status}, id: ${message.id}\n` +
    `;; flags:${flags.map((flag) => ` ${flag}`).join('')}; ` +
    `QUERY: ${query}, ANSWER: ${answers}, AUTHORITY: ${authority}, ADDITIONAL: ${additional}\n\n`
  )
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `;; ${title}:\n${lines.map((line) => `${line}\n`).join('')}\n`
}

function recordLine(record: Answer): string {
  if (record.type === 'OPT') return ''
  const klass = (record.class ?? 'IN').replace(/^UNKNOWN_/, 'CLASS')
  const cells: Cell[] = [
    [column.ttl, String(record.ttl ?? 0)],
    [column.class, klass],
    [column.type, typeOf(record.type)],
    [column.rdata, rdataText(record)],
  ]
  return padded([nameText(record.name), ...cells])
}

type Cell = readonly [at: number, text: string]

/** Cells at their columns, as BIND lays them out: at least one character further, tabs before spaces. */
function padded([first, ...cells]: readonly [string, ...Cell[]]): string {
  let line = first
  let width = first.length
  for (const [at, text] of cells) {
    const to = Math.max(at, width + 1)
    const tabs = Math.floor(to / tabWidth) - Math.floor(width / tabWidth)
    const spaces = tabs > 0 ? to % tabWidth : to - width
    line += '\t'.repeat(tabs) + ' '.repeat(spaces) + text
    width = to + text.length
  }
  return line
}
