import { TYPE } from '../code.ts'
import { headerBytes } from '../limits.ts'
import type { Name } from '../name.ts'
import { u16, u32 } from '../uint.ts'
import { BrokenMessage as Broken, readName } from './expand.ts'

/** A record in a message. Its rdata may contain pointers into the message. */
export type ReadRecord = {
  readonly owner: Name
  readonly type: number
  readonly class: number
  /** Seconds; in OPT, the extended rcode, version and flags. */
  readonly ttl: number
  /** The offsets of the rdata's start and end in the message. */
  readonly start: number
  readonly end: number
}

/** A message, with its names uncompressed. */
export type Message = {
  readonly bytes: Uint8Array
  readonly id: number
  /** The header's second word: QR, opcode, flags and rcode. */
  readonly flags: number
  readonly questions: readonly { readonly name: Name; readonly type: number; readonly class: number }[]
  readonly answers: readonly ReadRecord[]
  readonly authority: readonly ReadRecord[]
  readonly additional: readonly ReadRecord[]
}

/** A message that cannot be read, and the reason. */
export type BrokenMessage = { readonly broken: string }

/**
 * A DNS message (RFC 1035 §4.1) → its parts; `broken` when a part overruns the message, a pointer does not lead
 * backwards, or bytes follow the last record. Unlike readQuery it accepts any message. Never throws.
 */
export function readMessage(bytes: Uint8Array): Message | BrokenMessage {
  try {
    return readParts(bytes)
  } catch (error) {
    if (error instanceof Broken) return { broken: error.message }
    throw error
  }
}

function readParts(bytes: Uint8Array): Message {
  if (bytes.length < headerBytes) throw new Broken(`a message of ${bytes.length} bytes has no whole header`)
  let at = headerBytes
  const questions = Array.from({ length: u16(bytes, 4) }, () => {
    const { name, end } = readName(bytes, at)
    at = need(bytes, end, 4, 'a question')
    return { name, type: u16(bytes, end), class: u16(bytes, end + 2) }
  })
  const section = (count: number): ReadRecord[] =>
    Array.from({ length: count }, () => {
      const { name, end } = readName(bytes, at)
      const start = need(bytes, end, 10, 'a record')
      at = need(bytes, start, u16(bytes, end + 8), 'the data of a record')
      return {
        owner: name,
        type: u16(bytes, end),
        class: u16(bytes, end + 2),
        ttl: u32(bytes, end + 4),
        start,
        end: at,
      }
    })
  const [answers, authority, additional] = [6, 8, 10].map((count) => section(u16(bytes, count))) as [
    ReadRecord[],
    ReadRecord[],
    ReadRecord[],
  ]
  if (at !== bytes.length) throw new Broken(`${bytes.length - at} bytes follow the message`)
  return { bytes, id: u16(bytes, 0), flags: u16(bytes, 2), questions, answers, authority, additional }
}

/** The offset after `count` bytes. Throws BrokenMessage when the message is shorter. */
function need(bytes: Uint8Array, at: number, count: number, what: string): number {
  if (at + count > bytes.length) throw new Broken(`${what} overruns the message`)
  return at + count
}

/** The name at an offset of a message; undefined when it is malformed or ends after `limit`. */
export function rdataName(
  bytes: Uint8Array,
  at: number,
  limit: number,
): { readonly name: Name; readonly end: number } | undefined {
  try {
    const read = readName(bytes, at)
    return read.end <= limit ? read : undefined
  } catch (error) {
    if (error instanceof Broken) return undefined
    throw error
  }
}

/** An OPT record (RFC 6891 §6.1). */
export type Opt = {
  readonly udpBytes: number
  /** The upper eight bits of the rcode. */
  readonly extendedRcode: number
  readonly version: number
  /** DO and fifteen bits without a meaning. */
  readonly flags: number
  readonly options: readonly { readonly code: number; readonly data: Uint8Array }[]
}

/** A message's OPT record; undefined when it has none. An option that overruns the record is cut. */
export function optOf(message: Message): Opt | undefined {
  const opt = message.additional.find(({ type }) => type === TYPE.OPT)
  if (!opt) return undefined
  const options = []
  for (let at = opt.start; at + 4 <= opt.end; at += 4 + u16(message.bytes, at + 2)) {
    const data = message.bytes.subarray(at + 4, Math.min(opt.end, at + 4 + u16(message.bytes, at + 2)))
    options.push({ code: u16(message.bytes, at), data })
  }
  return {
    udpBytes: opt.class,
    extendedRcode: opt.ttl >>> 24,
    version: (opt.ttl >>> 16) & 0xff,
    flags: opt.ttl & 0xffff,
    options,
  }
}

/** The whole rcode, OPT's upper bits included (RFC 6891 §6.1.3). */
export function rcodeOf(message: Message): number {
  return ((optOf(message)?.extendedRcode ?? 0) << 4) | (message.flags & 0xf)
}
