import { answerTtl } from '../../client/answer-ttl.ts'
import { FLAG, OPTION, RCODE, TYPE } from '../../dns/code.ts'
import { headerBytes } from '../../dns/limits.ts'
import { type AddressRdata, addressRdata } from '../../dns/message/address-rdata.ts'
import { type Message, optOf, type ReadRecord, readMessage } from '../../dns/message/read-message.ts'
import { hasKey } from './plain-question.ts'

/** An answer of the edge, prepared so that the answers to clients are copies with a few changed bytes. */
export type KeptAnswer = {
  /** The question with its name in lower case. */
  readonly key: Uint8Array
  /** The message without OPT. Its TTLs are those of `shownAge`, and the order of its addresses changes with each use. */
  readonly body: Uint8Array
  /** The rcode, with the upper bits of OPT (RFC 6891 §6.1.3). */
  readonly rcode: number
  /** The offset of each TTL in `body`, and the TTL when it was received (s). */
  readonly ttls: readonly { readonly at: number; readonly seconds: number }[]
  readonly addresses: AddressRdata
  /** The data of the edge's extended error (RFC 8914 §2), if it sent one. */
  readonly error: Uint8Array | undefined
  /** When it was received (Unix ms), and for how long it may be used without asking again (ms). */
  readonly receivedMs: number
  readonly lifetimeMs: number
  /** The age that the TTLs of `body` have been reduced by (s); -1 if they are those of a stale answer. */
  shownAge: number
}

/** How long an answer without TTLs, such as SERVFAIL, is kept (s): at least 1 (RFC 9520 §3.2). */
const failureSeconds = 1

/** The longest time for which an answer is kept (s). A longer TTL is shortened (RFC 8767 §4). */
const maxSeconds = 3_600

/**
 * A message from the edge → the answer to the question with this key; a text with the reason if it is not one. An answer
 * of `receivedMs` (Unix ms) is kept for the smallest TTL of its records, or the time of a negative answer (RFC 2308 §5).
 */
export function keptAnswer(message: Uint8Array, key: Uint8Array, receivedMs: number): KeptAnswer | string {
  const read = readMessage(message)
  if ('broken' in read) return read.broken
  if ((read.flags & (FLAG.reply | 0x7800)) !== FLAG.reply) return 'it is not a reply to a query'
  const end = headerBytes + key.length
  if (read.questions.length !== 1 || !hasKey(message, end, key)) return 'it answers another question'
  const records = [...read.answers, ...read.authority, ...read.additional]
  const opts = records.filter(({ type }) => type === TYPE.OPT)
  if (opts.length > 1 || (opts[0] && opts[0] !== records.at(-1))) return 'OPT is not its last record'
  const plain = records.filter(({ type }) => type !== TYPE.OPT)
  const opt = optOf(read)
  const error = opt?.options.find(({ code }) => code === OPTION.EXTENDED_ERROR)?.data
  const seconds = Math.min(answerTtl(withoutOpt(read)) ?? failureSeconds, maxSeconds)
  return {
    key,
    body: plainBody(
      copyOf(message.subarray(0, plain.at(-1)?.end ?? end)),
      read.additional.length - opts.length,
    ),
    rcode: (read.flags & 0xf) | ((opt?.extendedRcode ?? 0) << 4),
    ttls: plain.map((record) => ({ at: ttlAt(record), seconds: Math.min(ttlOf(record), maxSeconds) })),
    addresses: addressRdata(message),
    error: error && copyOf(error),
    receivedMs,
    lifetimeMs: 1_000 * seconds,
    shownAge: 0,
  }
}

/** A copy in its own memory. slice() of a Buffer would share that of the whole response, which then stays in memory as well. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** Only records of the answer and authority sections have a TTL that counts. */
function withoutOpt(message: Message): Message {
  return { ...message, additional: [] }
}

/** A record's TTL is before its rdata and the length of it. */
function ttlAt({ start }: ReadRecord): number {
  return start - 6
}

/** RFC 2181 §8: a TTL with its highest bit set is 0. */
function ttlOf({ ttl }: ReadRecord): number {
  return ttl > 0x7fffffff ? 0 : ttl
}

/** A message whose OPT was cut off → with its number of additional records; without AA, since this is a cache, and AD; with RA. */
function plainBody(body: Uint8Array, additional: number): Uint8Array {
  body[10] = additional >> 8
  body[11] = additional
  body[2] = (body[2] ?? 0) & ~(FLAG.authoritative >> 8)
  body[3] = ((body[3] ?? 0) & ~FLAG.authenticData) | FLAG.recursionAvailable
  return body
}

/** Whether an answer may be used at this time (Unix ms). A clock that was set back makes it too old. */
export function isFresh({ receivedMs, lifetimeMs }: KeptAnswer, nowMs: number): boolean {
  return nowMs < receivedMs + lifetimeMs && nowMs >= receivedMs
}

/**
 * How long an answer that is too old may still be used while the edge cannot be asked (ms). RFC 8767 §5 suggests days, but
 * addresses in clusters change within hours.
 */
export const maxStaleMs = 3_600_000

/**
 * Whether an answer may be used while the edge cannot be asked (RFC 8767). NXDOMAIN may not: the name may exist by now, and
 * a client would take an outage for proof that it does not.
 */
export function isUsableWhenStale({ rcode, receivedMs, lifetimeMs }: KeptAnswer, nowMs: number): boolean {
  return rcode === RCODE.NOERROR && nowMs >= receivedMs && nowMs < receivedMs + lifetimeMs + maxStaleMs
}
