import { TYPE } from '../../dns/code.ts'
import { headerBytes, maxLabelBytes, maxNameBytes } from '../../dns/limits.ts'
import { u16 } from '../../dns/uint.ts'

/** The question of a query in the form that almost all clients send: one question, and at most an OPT record. */
export type PlainQuestion = {
  /** A hash of the question, with its name in lower case. */
  readonly hash: number
  /** The offset after the question, which starts after the header. */
  readonly end: number
  /** Whether the query has an OPT record, of version 0. */
  readonly hasOpt: boolean
  /** The DO bit of OPT, to be copied into the answer (RFC 3225 §3). */
  readonly dnssecOk: boolean
}

/** Bytes of a question's type and class. */
const typeAndClassBytes = 4

/** Bytes of an OPT record before its options. */
const emptyOptBytes = 11

/**
 * A query → its question, read from the raw bytes because most answers come from the cache and cost little more than this.
 * Undefined for every message that is not of the plain form; readQuery then decides about it. EDNS options are not read:
 * the listeners have taken out those of the transport, and the others do not change an answer.
 */
export function readPlainQuestion(bytes: Uint8Array): PlainQuestion | undefined {
  // QR, opcode and TC are 0; one question, no answers, no authority.
  if (bytes.length < headerBytes || ((bytes[2] ?? 0) & 0xfa) !== 0) return undefined
  if (u16(bytes, 4) !== 1 || u16(bytes, 6) !== 0 || u16(bytes, 8) !== 0) return undefined
  let hash = 0x811c9dc5
  let at = headerBytes
  for (;;) {
    const length = bytes[at]
    if (length === undefined || length > maxLabelBytes) return undefined
    const next = at + 1 + length
    if (next > bytes.length || next - headerBytes > maxNameBytes) return undefined
    // The bit is that of lower case; bytes that are no letters may share a hash with others.
    for (; at < next; at++) hash = Math.imul(hash ^ ((bytes[at] as number) | 0x20), 0x01000193)
    if (length === 0) break
  }
  const end = at + typeAndClassBytes
  if (end > bytes.length) return undefined
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  const additional = u16(bytes, 10)
  if (additional === 0)
    return end === bytes.length ? { hash, end, hasOpt: false, dnssecOk: false } : undefined
  if (additional !== 1 || !isOpt(bytes, end)) return undefined
  return { hash, end, hasOpt: true, dnssecOk: ((bytes[end + 7] ?? 0) & 0x80) !== 0 }
}

/** Whether the last record, at this offset, is a valid OPT record of version 0 whose options have valid lengths. */
function isOpt(bytes: Uint8Array, at: number): boolean {
  if (at + emptyOptBytes > bytes.length || bytes[at] !== 0 || u16(bytes, at + 1) !== TYPE.OPT) return false
  if (bytes[at + 6] !== 0 || at + emptyOptBytes + u16(bytes, at + 9) !== bytes.length) return false
  let option = at + emptyOptBytes
  while (option + 4 <= bytes.length) option += 4 + u16(bytes, option + 2)
  return option === bytes.length
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/** The bytes of a query's question with its name in lower case: the key of the answer. */
export function questionKey(query: Uint8Array, end: number): Uint8Array {
  // Not slice(): that of a Buffer, as sockets give it, shares the bytes.
  const key = new Uint8Array(query.subarray(headerBytes, end))
  for (let at = 0; at < key.length - typeAndClassBytes; at++) key[at] = lower(key[at] as number)
  return key
}

/** Whether the question of a query has this key. */
export function hasKey(query: Uint8Array, end: number, key: Uint8Array): boolean {
  if (end - headerBytes !== key.length) return false
  const name = key.length - typeAndClassBytes
  for (let at = 0; at < name; at++) {
    const byte = query[headerBytes + at] as number
    if (byte !== key[at] && lower(byte) !== key[at]) return false
  }
  for (let at = name; at < key.length; at++) if (query[headerBytes + at] !== key[at]) return false
  return true
}
