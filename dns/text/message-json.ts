import { FLAG, OPTION, TYPE } from '../code.ts'
import { type Message, optOf, type ReadRecord, rcodeOf } from '../message/read-message.ts'
import { nameToText } from '../name.ts'
import { u16 } from '../uint.ts'
import { rdataText } from './rdata-text.ts'

/**
 * A message → an object with the fields of Google's and Cloudflare's JSON: Status (the whole rcode), flags, Question,
 * Answer, Authority and Additional (all always present, TTL in seconds, data as in a zone file), and for extended
 * errors (RFC 8914) `extended_dns_errors`, with their texts in Comment. OPT is not a record there.
 */
export function messageJson(message: Message): Readonly<Record<string, unknown>> {
  const has = (bit: number): boolean => (message.flags & bit) !== 0
  const records = (section: readonly ReadRecord[]): unknown[] =>
    section
      .filter(({ type }) => type !== TYPE.OPT)
      .map((record) => ({
        name: nameToText(record.owner),
        type: record.type,
        TTL: record.ttl,
        data: rdataText(message.bytes, record),
      }))
  return {
    Status: rcodeOf(message),
    TC: has(FLAG.truncated),
    RD: has(FLAG.recursionDesired),
    RA: has(FLAG.recursionAvailable),
    AD: has(FLAG.authenticData),
    CD: has(FLAG.checkingDisabled),
    Question: message.questions.map(({ name, type }) => ({ name: nameToText(name), type })),
    Answer: records(message.answers),
    Authority: records(message.authority),
    Additional: records(message.additional),
    ...errorsOf(message),
  }
}

function errorsOf(message: Message): Readonly<Record<string, unknown>> {
  const errors = (optOf(message)?.options ?? [])
    .filter(({ code, data }) => code === OPTION.EXTENDED_ERROR && data.length >= 2)
    .map(({ data }) => ({ info_code: u16(data, 0), extra_text: new TextDecoder().decode(data.subarray(2)) }))
  if (errors.length === 0) return {}
  const Comment = errors.map(({ extra_text: text }) => text).filter((text) => text !== '')
  return { ...(Comment.length > 0 ? { Comment: Comment.join('; ') } : {}), extended_dns_errors: errors }
}
