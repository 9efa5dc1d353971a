import { EDE, type ExtendedError, FLAG, OPTION, TYPE } from '../../dns/code.ts'
import { headerBytes, udpPayloadBytes } from '../../dns/limits.ts'
import { cutReply } from '../../dns/message/cut-reply.ts'
import { pooledBytes } from '../../dns/pool.ts'
import { putU16, u16 } from '../../dns/uint.ts'
import type { KeptAnswer } from './kept-answer.ts'
import type { PlainQuestion } from './plain-question.ts'

/** One use of a kept answer. */
export type Use = {
  /** The query, which has the question of the answer, and that question. */
  readonly query: Uint8Array
  readonly question: PlainQuestion
  /** The most bytes of the answer. */
  readonly maxBytes: number
  /** Unix ms. */
  readonly nowMs: number
  /** Whether the answer is too old, and used because the edge cannot be asked. */
  readonly isStale: boolean
  /** A number in [0, 1). */
  readonly random: () => number
}

/** The TTL of stale answers (s), or their own if it is smaller (RFC 8767 §4). */
const staleTtlSeconds = 30

/** Bytes of OPT before its options, and of an option before its data. */
const emptyOptBytes = 11
const optionHeadBytes = 4

const staleError = errorData({
  code: EDE.STALE_ANSWER,
  text: 'the edge cannot be reached; this is its last answer',
})

/**
 * A kept answer → the message for one client: its id, RD, CD and spelling of the name; TTLs reduced by the age; another
 * address in the first place; OPT if the query had it, with the extended error. Records for which there is no room are left out
 * (cutReply).
 */
export function clientAnswer(kept: KeptAnswer, use: Use): Uint8Array {
  const { query, question, maxBytes } = use
  showAge(kept, use)
  drawAddress(kept, use.random)
  const error = use.isStale ? staleError : kept.error
  const optBytes = question.hasOpt ? emptyOptBytes + (error ? optionHeadBytes + error.length : 0) : 0
  const answer = pooledBytes(kept.body.length + optBytes)
  answer.set(kept.body)
  copyFromQuery(answer, query, question.end)
  if (question.hasOpt) writeOpt(answer, kept, question, error)
  return cutReply(answer, maxBytes)
}

/** Reduces the TTLs by the age, if it is another one than at the last use. */
function showAge(kept: KeptAnswer, { nowMs, isStale }: Use): void {
  const age = isStale ? -1 : Math.floor((nowMs - kept.receivedMs) / 1_000)
  if (age === kept.shownAge) return
  kept.shownAge = age
  for (const { at, seconds } of kept.ttls) {
    const ttl = isStale ? Math.min(seconds, staleTtlSeconds) : Math.max(0, seconds - age)
    kept.body[at] = ttl >>> 24
    kept.body[at + 1] = ttl >>> 16
    kept.body[at + 2] = ttl >>> 8
    kept.body[at + 3] = ttl
  }
}

/** Exchanges the first address with any: clients prefer the first one, and a shortened answer has the first ones. */
function drawAddress({ body, addresses: { offsets, bytes } }: KeptAnswer, random: () => number): void {
  if (offsets.length < 2) return
  const first = offsets[0] ?? 0
  const drawn = offsets[Math.floor(random() * offsets.length)] ?? first
  for (let at = 0; at < bytes; at++) {
    const byte = body[first + at] as number
    body[first + at] = body[drawn + at] as number
    body[drawn + at] = byte
  }
}

/** Copies the id, RD, CD and the name as it is spelled. */
function copyFromQuery(answer: Uint8Array, query: Uint8Array, questionEnd: number): void {
  answer[0] = query[0] as number
  answer[1] = query[1] as number
  answer[2] = ((answer[2] as number) & 0xfe) | ((query[2] as number) & 0x01)
  answer[3] =
    ((answer[3] as number) & ~FLAG.checkingDisabled) | ((query[3] as number) & FLAG.checkingDisabled)
  for (let at = headerBytes; at < questionEnd; at++) answer[at] = query[at] as number
}

function writeOpt(
  answer: Uint8Array,
  { body, rcode }: KeptAnswer,
  { dnssecOk }: PlainQuestion,
  error: Uint8Array | undefined,
): void {
  const at = body.length
  const rdataBytes = error ? optionHeadBytes + error.length : 0
  answer[at] = 0
  putU16(answer, at + 1, TYPE.OPT)
  putU16(answer, at + 3, udpPayloadBytes)
  answer[at + 5] = rcode >> 4
  answer[at + 6] = 0
  putU16(answer, at + 7, dnssecOk ? 0x8000 : 0)
  putU16(answer, at + 9, rdataBytes)
  if (error) {
    putU16(answer, at + emptyOptBytes, OPTION.EXTENDED_ERROR)
    putU16(answer, at + emptyOptBytes + 2, error.length)
    answer.set(error, at + emptyOptBytes + optionHeadBytes)
  }
  putU16(answer, 10, u16(body, 10) + 1)
}

function errorData({ code, text }: ExtendedError): Uint8Array {
  return Uint8Array.of(code >> 8, code, ...new TextEncoder().encode(text))
}
