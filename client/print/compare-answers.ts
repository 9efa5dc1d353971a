import { OPTION, TYPE } from '../../dns/code.ts'
import { type Message, optOf, type ReadRecord, rcodeOf } from '../../dns/message/read-message.ts'
import { nameToText } from '../../dns/name.ts'
import { flagTexts } from '../../dns/text/dig-text.ts'
import { classText, rcodeText, typeText } from '../../dns/text/mnemonic.ts'
import { rdataText } from '../../dns/text/rdata-text.ts'
import { u16 } from '../../dns/uint.ts'
import type { Answer } from '../answer.ts'

/** Answers that are the same, and the lines that all of them have. */
export type SameAnswers = {
  readonly lines: readonly string[]
  readonly answers: readonly [Answer, ...Answer[]]
}

/**
 * A message as lines that are equal for equal answers: status, flags, codes of extended errors and the records of each
 * section, sorted. Left out are what differs between two answers with the same content: ID, TTL, order, the age in
 * TXT strings and in texts of extended errors, and OPT apart from the errors. The case of owner names does not count.
 */
export function comparableLines(message: Message): string[] {
  const { bytes, flags, answers, authority, additional } = message
  const errors = (optOf(message)?.options ?? [])
    .filter(({ code, data }) => code === OPTION.EXTENDED_ERROR && data.length >= 2)
    .map(({ data }) => `extended error: ${u16(data, 0)}`)
  const records = (section: string, read: readonly ReadRecord[]): string[] =>
    read
      .filter(({ type }) => type !== TYPE.OPT)
      .map((record) => `${section}: ${recordText(bytes, record)}`)
      .toSorted()
  return [
    `status: ${rcodeText(rcodeOf(message))}`,
    `flags: ${flagTexts(flags).join(' ')}`,
    ...errors.toSorted(),
    ...records('answer', answers),
    ...records('authority', authority),
    ...records('additional', additional),
  ]
}

function recordText(bytes: Uint8Array, record: ReadRecord): string {
  const data = rdataText(bytes, record)
  // The TXT record of `_snapshot` has the age of the data.
  const ageless = record.type === TYPE.TXT ? data.replace(/"age=[0-9]+s"/g, '"age"') : data
  const owner = nameToText(record.owner).toLowerCase()
  return `${owner} ${classText(record.class)} ${typeText(record.type)} ${ageless}`
}

/** Answers in groups with equal lines, in the order of each group's first answer. */
export function groupAnswers(
  answers: readonly Answer[],
  linesOf: (answer: Answer) => readonly string[],
): SameAnswers[] {
  const groups = new Map<string, { lines: readonly string[]; answers: [Answer, ...Answer[]] }>()
  for (const answer of answers) {
    const lines = linesOf(answer)
    const key = lines.join('\n')
    const group = groups.get(key)
    if (group) group.answers.push(answer)
    else groups.set(key, { lines, answers: [answer] })
  }
  return [...groups.values()]
}

/** The lines that only one of two lists has: '-' before those of the first, '+' before those of the second. */
export function differingLines(first: readonly string[], second: readonly string[]): string[] {
  const only = (own: readonly string[], others: readonly string[], sign: string): string[] => {
    const counts = Map.groupBy(others, (line) => line)
    return own.filter((line) => counts.get(line)?.pop() === undefined).map((line) => `${sign}${line}`)
  }
  return [...only(first, second, '-'), ...only(second, first, '+')]
}
