import { FLAG, TYPE } from '../code.ts'
import { type Message, optOf, type ReadRecord, rcodeOf } from '../message/read-message.ts'
import { nameToText } from '../name.ts'
import { classText, opcodeText, rcodeText, typeText } from './mnemonic.ts'
import { optLines } from './opt-text.ts'
import { rdataText } from './rdata-text.ts'

/** Where dig's columns begin, in characters; a tab goes to the next multiple of eight. */
const column = { ttl: 24, class: 32, type: 40, rdata: 48 }
const tabWidth = 8

/** The flags that dig prints, in its order. */
const flagNames = [
  ['qr', FLAG.reply],
  ['aa', FLAG.authoritative],
  ['tc', FLAG.truncated],
  ['rd', FLAG.recursionDesired],
  ['ra', FLAG.recursionAvailable],
  ['ad', FLAG.authenticData],
  ['cd', FLAG.checkingDisabled],
] as const

/** How a message was received: the time of the query (ms), and the server with its transport. */
export type Received = { readonly ms: number; readonly server: string }

/**
 * A message as dig prints it: header, OPT, question, the sections that have records, query time and server if
 * `received` is given, and size. Lines end in '\n' except the last.
 */
export function digText(message: Message, received?: Received): string {
  const { questions, answers, authority, additional, bytes } = message
  const opt = optOf(message)
  const records = (read: readonly ReadRecord[]): string[] =>
    read.filter(({ type }) => type !== TYPE.OPT).map((record) => recordLine(bytes, record))
  // dig's columns begin after the semicolon.
  const asked = questions.map(
    ({ name, type, class: qclass }) =>
      `;${padded([nameToText(name), [column.class, classText(qclass)], [column.type, typeText(type)]])}`,
  )
  return [
    header(message),
    ...(opt ? [section('OPT PSEUDOSECTION', optLines(opt)).slice(0, -1)] : []),
    section('QUESTION SECTION', asked),
    section('ANSWER SECTION', records(answers)),
    section('AUTHORITY SECTION', records(authority)),
    section('ADDITIONAL SECTION', records(additional)),
    ...(received ? [`;; Query time: ${Math.round(received.ms)} msec\n;; SERVER: ${received.server}\n`] : []),
    `;; MSG SIZE  rcvd: ${bytes.length}`,
  ].join('')
}

/** The data of a message's answer section as `dig +short` prints it: one line for each, aliases included. */
export function shortText({ answers, bytes }: Message): string[] {
  return answers.filter(({ type }) => type !== TYPE.OPT).map((record) => rdataText(bytes, record))
}

/** The flags of a header's second word by dig's names, in dig's order. */
export function flagTexts(flags: number): string[] {
  return flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name)
}

function header(message: Message): string {
  const { id, flags, questions, answers, authority, additional } = message
  const set = flagTexts(flags).map((name) => ` ${name}`)
  return (
    `;; ->>HEADER<<- opcode: ${opcodeText((flags >> 11) & 0xf)}, status: ${rcodeText(rcodeOf(message))}, id: ${id}\n` +
    `;; flags:${set.join('')}; QUERY: ${questions.length}, ANSWER: ${answers.length}, ` +
    `AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}\n\n`
  )
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `;; ${title}:\n${lines.map((line) => `${line}\n`).join('')}\n`
}

function recordLine(bytes: Uint8Array, record: ReadRecord): string {
  return padded([
    nameToText(record.owner),
    [column.ttl, String(record.ttl)],
    [column.class, classText(record.class)],
    [column.type, typeText(record.type)],
    [column.rdata, rdataText(bytes, record)],
  ])
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
