import { type ExtendedError, FLAG, type Rcode } from '../code.ts'
import { maxFirefoxBytes, maxMessageBytes, maxUnannouncedBytes } from '../limits.ts'
import { type Rrset, recordRow } from '../record.ts'
import { u16 } from '../uint.ts'
import { startMessage, type Writer } from '../writer.ts'
import { type Edns, optBytes, writeOpt } from './edns.ts'
import type { Head } from './read-query.ts'

/** The parts of a reply other than its head. */
export type Reply = {
  readonly rcode: Rcode
  readonly authoritative: boolean
  readonly answers: readonly Rrset[]
  readonly authority: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** Sent only where the query had OPT (RFC 8914 §2). */
  readonly error?: ExtendedError | undefined
}

/**
 * The most bytes of a reply. `http`: an HTTP client may take less than a DNS message can have, which depends on its OPT; a
 * number: what another transport carries, such as 512 over UDP without OPT (RFC 1035 §4.2.1).
 */
export type MessageSize = 'http' | number

/** The limits of a message's size. */
type Fit = {
  /** The maximum size of the message (bytes). */
  readonly maxBytes: number
  /** The maximum size of the address records (bytes); further ones are left out. */
  readonly maxAddressBytes: number
  readonly additional: boolean
  readonly error: boolean
}

/**
 * A reply as bytes, its names compressed, the question unchanged. RA is always set: a client that sees RA=0
 * may try another resolver.
 *
 * What does not fit is left out by whole records: first the additional records, without TC; then records of the answer,
 * with TC. An answer with TC has the records that fit, because some clients use them and do not ask again over TCP.
 * A message with a `size` in bytes then has no extended error either, because records matter more (RFC 8914 §3). Only the
 * header, the question and an OPT record without options are written whatever the size is.
 *
 * Over HTTP a message with OPT may have 65,535 bytes. Without OPT the additional records and then addresses are left out
 * above 3,000 bytes, for Firefox above 2,804, without TC, so the caller shuffles addresses before. The EDNS payload size
 * is ignored there (RFC 8484 §6).
 */
export function writeReply(head: Head, reply: Reply, size: MessageSize = 'http'): Uint8Array {
  const wanted = size === 'http' ? wantedBytes(head.edns) : size
  const whole: Fit = { maxBytes: wanted, maxAddressBytes: wanted, additional: true, error: true }
  const lean: Fit = { ...whole, additional: false }
  let message = write(head, reply, whole)
  // A message is not written a second time if nothing would change: answers that are cut over UDP are common.
  if (message.overflow && reply.additional.length > 0) message = write(head, reply, lean)
  if (message.overflow && size === 'http' && wanted < maxMessageBytes)
    message = write(head, reply, { ...lean, maxBytes: maxMessageBytes })
  if (message.overflow && size !== 'http' && reply.error)
    message = write(head, reply, { ...lean, error: false })
  return message.bytes
}

/** True if a message of writeReply has all answer records of the reply. */
export function holdsAnswers(message: Uint8Array, { answers }: Reply): boolean {
  return u16(message, 6) === recordCount(answers)
}

function wantedBytes(edns: Edns | undefined): number {
  if (!edns) return maxUnannouncedBytes
  return edns.subnetHidden ? maxFirefoxBytes : maxMessageBytes
}

function write(head: Head, reply: Reply, fit: Fit): { bytes: Uint8Array; overflow: boolean } {
  const writer = startMessage()
  writeHeader(writer, head, reply)
  const error = fit.error ? reply.error : undefined
  const opt = optBytes(head.edns, error)
  const room: Fit = { ...fit, maxBytes: fit.maxBytes - opt, maxAddressBytes: fit.maxAddressBytes - opt }
  const additional = fit.additional ? reply.additional : []
  let overflow = writer.length() + opt > fit.maxBytes
  for (const [index, rrsets] of [reply.answers, reply.authority, additional].entries()) {
    const written = writeSection(writer, rrsets, room)
    writer.patchU16(6 + 2 * index, written.count)
    overflow ||= written.overflow
  }
  if (overflow || error !== reply.error) writer.patchU16(2, flagsOf(head, reply) | FLAG.truncated)
  if (head.edns) {
    writer.patchU16(10, recordCount(additional) + 1)
    writeOpt(writer, head.edns, reply.rcode, error)
  }
  return { bytes: writer.finish(), overflow }
}

function writeHeader(writer: Writer, head: Head, reply: Reply): void {
  writer.u16(head.id)
  writer.u16(flagsOf(head, reply))
  writer.u16(head.question ? 1 : 0)
  writer.u16(0)
  writer.u16(0)
  writer.u16(0)
  if (!head.question) return
  writer.name(head.question.asked)
  writer.u16(head.question.type)
  writer.u16(head.question.class)
}

function flagsOf(head: Head, reply: Reply): number {
  return (
    FLAG.reply |
    (head.opcode << 11) |
    (reply.authoritative ? FLAG.authoritative : 0) |
    (head.recursionDesired ? FLAG.recursionDesired : 0) |
    FLAG.recursionAvailable |
    (head.checkingDisabled ? FLAG.checkingDisabled : 0) |
    (reply.rcode & 0xf)
  )
}

function writeSection(
  writer: Writer,
  rrsets: readonly Rrset[],
  room: Fit,
): { count: number; overflow: boolean } {
  let written = 0
  for (const rrset of rrsets) {
    const isAddress = rrset.type === 'A' || rrset.type === 'AAAA'
    const { code, encode } = recordRow(rrset)
    for (const rdata of rrset.rdata) {
      const before = writer.length()
      writer.name(rrset.owner)
      writer.u16(code)
      writer.u16(1)
      writer.u32(rrset.ttl)
      writer.u16(0)
      const start = writer.length()
      encode(writer, rdata as never)
      writer.patchU16(start - 2, writer.length() - start)
      if (isAddress && room.maxAddressBytes < room.maxBytes && writer.length() > room.maxAddressBytes) {
        writer.rewind(before)
        break
      }
      if (writer.length() > room.maxBytes) {
        writer.rewind(before)
        return { count: written, overflow: true }
      }
      written++
    }
  }
  return { count: written, overflow: false }
}

function recordCount(rrsets: readonly Rrset[]): number {
  return rrsets.reduce((sum, rrset) => sum + rrset.rdata.length, 0)
}
