import {
  maxCharacterStringBytes,
  maxLabelBytes,
  maxMessageBytes,
  maxNameBytes,
  maxPointerOffset,
  pointerTag,
} from './limits.ts'
import type { Name } from './name.ts'

/**
 * Space for one record above the limit, since callers check `length` after each record and rewind. A record has an owner,
 * ten bytes, and at most 65,535 bytes of rdata.
 */
const capacity = 2 * maxMessageBytes + maxNameBytes + 10

/** A message under construction: big-endian numbers, names that share suffixes (RFC 1035 §4.1.4). */
export type Writer = {
  /** Bytes written so far. */
  length(): number
  u8(value: number): void
  u16(value: number): void
  u32(value: number): void
  bytes(bytes: Uint8Array): void
  /** One length byte and the text in UTF-8, truncated to 255 bytes (RFC 1035 §3.3). */
  characterString(text: string): void
  /**
   * A name, with its longest known suffix as a pointer. Suffixes are shared only if every byte is the same.
   * Throws RangeError when it is not absolute.
   */
  name(name: Name): void
  /** A name in full, to which later names may point. Throws RangeError when it is not absolute. */
  plainName(name: Name): void
  /** Overwrites the 16-bit number at an offset. */
  patchU16(at: number, value: number): void
  /** Goes back to an earlier length, and forgets the names after it. */
  rewind(length: number): void
  /** A copy of the bytes written so far. */
  finish(): Uint8Array
}

// One buffer for all messages, because a message is written without awaiting.
const buffer = new Uint8Array(capacity)
const encoder = new TextEncoder()

/** Begins a message. The writer of an earlier message must not be used afterwards: all share one buffer. */
export function startMessage(): Writer {
  let at = 0
  const suffixes = new Map<Name, number>()

  function u8(value: number): void {
    buffer[at++] = value
  }
  function u16(value: number): void {
    buffer[at++] = value >> 8
    buffer[at++] = value
  }
  /** Writes a label and returns the position of the next one. */
  function label(whole: Name, from: number): number {
    const end = from + 1 + whole.charCodeAt(from)
    // A relative name has no root label: without this check the loop would not end.
    if (!(end - from - 1 <= maxLabelBytes && end < whole.length))
      throw new RangeError('the name is not absolute')
    for (let byte = from; byte < end; byte++) u8(whole.charCodeAt(byte))
    return end
  }
  function name(whole: Name): void {
    for (let from = 0; whole.charCodeAt(from) !== 0; ) {
      const suffix = from === 0 ? whole : whole.slice(from)
      const known = suffixes.get(suffix)
      if (known !== undefined) return u16(pointerTag | known)
      if (at <= maxPointerOffset) suffixes.set(suffix, at)
      from = label(whole, from)
    }
    u8(0)
  }
  function plainName(whole: Name): void {
    for (let from = 0; whole.charCodeAt(from) !== 0; ) {
      const suffix = whole.slice(from)
      if (at <= maxPointerOffset && !suffixes.has(suffix)) suffixes.set(suffix, at)
      from = label(whole, from)
    }
    u8(0)
  }
  function bytes(source: Uint8Array): void {
    buffer.set(source, at)
    at += source.length
  }
  return {
    length: () => at,
    u8,
    u16,
    u32(value) {
      u16(value >>> 16)
      u16(value & 0xffff)
    },
    bytes,
    characterString(text) {
      const encoded = encoder.encode(text).subarray(0, maxCharacterStringBytes)
      u8(encoded.length)
      bytes(encoded)
    },
    name,
    plainName,
    patchU16(offset, value) {
      buffer[offset] = value >> 8
      buffer[offset + 1] = value
    },
    rewind(length) {
      at = length
      for (const [suffix, offset] of suffixes) if (offset >= length) suffixes.delete(suffix)
    },
    finish: () => buffer.slice(0, at),
  }
}
