import { FLAG, RCODE, type Rcode, TYPE } from '../code.ts'
import { headerBytes, maxLabelBytes, maxNameBytes } from '../limits.ts'
import { fold, type Name } from '../name.ts'
import { u16, u32 } from '../uint.ts'
import { type Edns, readEdns } from './edns.ts'
import { skipName } from './skip-name.ts'

/** The parts of a query that are copied into its reply. */
export type Head = {
  readonly id: number
  readonly opcode: number
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  /** Undefined when the question could not be read: the reply then has none. */
  readonly question: Question | undefined
  /** Undefined when the query had no OPT: the reply then has none (RFC 6891 §7). */
  readonly edns: Edns | undefined
}

/** A question. Its name is unchanged, byte for byte. */
export type Question = { readonly asked: Name; readonly type: number; readonly class: number }

/** A valid query: one question, opcode 0, EDNS version 0 or no EDNS. */
export type Query = Head & {
  readonly question: Question
  /** The name of the question, folded to lower case in ASCII, for comparisons (RFC 4343). */
  readonly name: Name
}

/**
 * The reason why a message is rejected: `unreadable` has no header to reply to (HTTP 400), `refused` gets a DNS
 * reply with the rcode.
 */
export type QueryRefusal =
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly rcode: Rcode; readonly head: Head; readonly reason: string }

/** Thrown and caught only in this file, to skip the rest of a broken message. */
class Broken extends Error {}

/**
 * Checks every query, on raw bytes and in linear time: no later code receives an unchecked message. Never
 * throws.
 *
 * - shorter than a header, or a reply (QR=1): unreadable;
 * - an opcode other than QUERY: NOTIMP (RFC 8906 §8.1.4); more or less than one question: FORMERR (RFC 9619);
 * - a pointer, a long label or a long name in the question, a record that overruns the message, bytes after
 *   its end, an OPT record that is not the only one, not in the additional section or not at the root: FORMERR
 *   (RFC 1035 §4.1, RFC 6891 §6.1.1);
 * - an EDNS version above 0: BADVERS (RFC 6891 §6.1.3).
 */
export function readQuery(bytes: Uint8Array): Query | QueryRefusal {
  if (bytes.length < headerBytes) {
    return {
      kind: 'unreadable',
      reason: `a DNS message has at least ${headerBytes} bytes, this one has ${bytes.length}`,
    }
  }
  if ((u16(bytes, 2) & FLAG.reply) !== 0)
    return { kind: 'unreadable', reason: 'the message is a reply (QR=1), not a query' }
  const flags = u16(bytes, 2)
  let head: Head = {
    id: u16(bytes, 0),
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & FLAG.recursionDesired) !== 0,
    checkingDisabled: (flags & FLAG.checkingDisabled) !== 0,
    question: undefined,
    edns: undefined,
  }
  const refuse = (rcode: Rcode, reason: string): QueryRefusal => ({ kind: 'refused', rcode, head, reason })
  if (head.opcode !== 0) return refuse(RCODE.NOTIMP, `opcode ${head.opcode} is not implemented`)
  if (u16(bytes, 4) !== 1)
    return refuse(RCODE.FORMERR, `a query has one question, this one has ${u16(bytes, 4)}`)
  try {
    const { question, end } = readQuestion(bytes)
    head = { ...head, question }
    const edns = readRecords(bytes, end)
    head = { ...head, edns }
    if (edns && edns.version > 0)
      return refuse(RCODE.BADVERS, `EDNS version ${edns.version} is not supported`)
    return { ...head, question, name: fold(question.asked) }
  } catch (error) {
    if (error instanceof Broken) return refuse(RCODE.FORMERR, error.message)
    throw error
  }
}

/** True if the message was rejected. */
export function isRefusal(read: Query | QueryRefusal): read is QueryRefusal {
  return 'kind' in read
}

function readQuestion(bytes: Uint8Array): { question: Question; end: number } {
  let at = headerBytes
  for (;;) {
    const length = bytes[at]
    if (length === undefined) throw new Broken('the question ends inside its name')
    if (length > maxLabelBytes)
      throw new Broken(`a label of the question is longer than ${maxLabelBytes} bytes or is a pointer`)
    if (at + 1 + length > bytes.length) throw new Broken('the question ends inside a label')
    at += 1 + length
    if (at - headerBytes > maxNameBytes)
      throw new Broken(`the name asked has more than ${maxNameBytes} bytes`)
    if (length === 0) break
  }
  const asked = String.fromCharCode.apply(undefined, bytes.subarray(headerBytes, at) as unknown as number[])
  if (at + 4 > bytes.length) throw new Broken('the question ends before its type and class')
  return { question: { asked, type: u16(bytes, at), class: u16(bytes, at + 2) }, end: at + 4 }
}

/** Skips the records after the question; only OPT is read. */
function readRecords(bytes: Uint8Array, start: number): Edns | undefined {
  const sections = [u16(bytes, 6), u16(bytes, 8), u16(bytes, 10)]
  let at = start
  let edns: Edns | undefined
  for (const [section, count] of sections.entries()) {
    for (let record = 0; record < count; record++) {
      const fixed = skipName(bytes, at)
      if (fixed < 0) throw new Broken('the owner of a record is malformed')
      const rdata = fixed + 10
      const end = rdata + u16(bytes, fixed + 8)
      if (end > bytes.length) throw new Broken('a record overruns the message')
      if (u16(bytes, fixed) === TYPE.OPT) {
        if (section !== 2) throw new Broken('OPT is not in the additional section')
        if (bytes[at] !== 0) throw new Broken('the owner of OPT is not the root')
        if (edns) throw new Broken('the query has more than one OPT record')
        edns = readEdns(u32(bytes, fixed + 4), bytes.subarray(rdata, end))
        if (!edns) throw new Broken('an EDNS option overruns its record or is malformed')
      }
      at = end
    }
  }
  if (at !== bytes.length) throw new Broken(`${bytes.length - at} bytes follow the message`)
  return edns
}
