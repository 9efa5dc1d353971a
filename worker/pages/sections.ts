import { EDE, OPTION, TYPE } from '../../dns/code.ts'
import { type Message, optOf, type ReadRecord } from '../../dns/message/read-message.ts'
import { nameToText } from '../../dns/name.ts'
import { rdataText } from '../../dns/text/rdata-text.ts'
import { u16 } from '../../dns/uint.ts'

/** One alias of an answer: both names with a final dot. */
export type Alias = { readonly owner: string; readonly target: string; readonly ttl: number }

/** The answer section in two parts: the aliases in order, and the records of the last name as text. */
export type Sections = {
  readonly aliases: readonly Alias[]
  readonly records: readonly { readonly text: string; readonly type: number; readonly ttl: number }[]
  /** True if the answer section is empty of records and the authority section says so with an SOA (RFC 2308 §2). */
  readonly isNegative: boolean
}

/** A message → its parts as the page draws them. An alias that was asked for is a record. */
export function sectionsOf({ bytes, answers, authority, questions }: Message): Sections {
  const asked = questions[0]?.type
  const isAlias = ({ type }: ReadRecord): boolean =>
    type === TYPE.CNAME && asked !== TYPE.CNAME && asked !== TYPE.ANY
  const text = (record: ReadRecord): string => rdataText(bytes, record)
  const records = answers.filter((record) => record.type !== TYPE.OPT && !isAlias(record))
  return {
    aliases: answers.filter(isAlias).map((record) => ({
      owner: nameToText(record.owner),
      target: text(record),
      ttl: record.ttl,
    })),
    records: records.map((record) => ({ text: text(record), type: record.type, ttl: record.ttl })),
    isNegative: records.length === 0 && authority.some(({ type }) => type === TYPE.SOA),
  }
}

/** The first extended error of a message (RFC 8914): its code and text. */
export function extendedErrorOf(
  message: Message,
): { readonly code: number; readonly text: string } | undefined {
  const data = optOf(message)?.options.find(({ code }) => code === OPTION.EXTENDED_ERROR)?.data
  if (!data || data.length < 2) return undefined
  return { code: u16(data, 0), text: new TextDecoder().decode(data.subarray(2)) }
}

/** Whether an answer is from data that is older than the cluster's agent promises (EDE 3). */
export function isStale(message: Message): boolean {
  return extendedErrorOf(message)?.code === EDE.STALE_ANSWER
}
