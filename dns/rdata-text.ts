import { formatAddress } from './address.ts'
import { type Name, nameToText } from './name.ts'
import { type ReadRecord, rdataName } from './read-message.ts'
import { u16, u32 } from './uint.ts'

/** Reads rdata from left to right; every step is undefined once the data has ended too early. */
type Cursor = {
  number(bytes: 1 | 2 | 4): number | undefined
  name(): Name | undefined
  /** A character string (RFC 1035 §3.3), quoted. */
  quoted(): string | undefined
  /** What is left, as bytes. */
  rest(): Uint8Array
  /** Is nothing left? */
  done(): boolean
}

type Write = (cursor: Cursor) => readonly (string | number | undefined)[]

const oneName: Write = (cursor) => [nameOf(cursor)]
const strings: Write = (cursor) => {
  const texts = [cursor.quoted()]
  while (!cursor.done() && texts.at(-1) !== undefined) texts.push(cursor.quoted())
  return texts
}
const address =
  (bytes: number): Write =>
  (cursor) => {
    const rest = cursor.rest()
    return [rest.length === bytes ? formatAddress(rest) : undefined]
  }

/** How the types are written that a person wants to read (RFC 1035 §5.1, 2782, 3596, 8659), by their number. */
const writers: Readonly<Record<number, Write>> = {
  1: address(4),
  2: oneName,
  5: oneName,
  6: (cursor) => [nameOf(cursor), nameOf(cursor), ...[1, 2, 3, 4, 5].map(() => cursor.number(4))],
  12: oneName,
  13: (cursor) => [cursor.quoted(), cursor.quoted()],
  15: (cursor) => [cursor.number(2), nameOf(cursor)],
  16: strings,
  28: address(16),
  33: (cursor) => [cursor.number(2), cursor.number(2), cursor.number(2), nameOf(cursor)],
  39: oneName,
  99: strings,
  257: caa,
}

function nameOf(cursor: Cursor): string | undefined {
  const name = cursor.name()
  return name === undefined ? undefined : nameToText(name)
}

function caa(cursor: Cursor): readonly (string | number | undefined)[] {
  const [flags, length] = [cursor.number(1), cursor.number(1)]
  const rest = cursor.rest()
  if (length === undefined || length > rest.length) return [undefined]
  return [flags, String.fromCharCode(...rest.subarray(0, length)), quote(rest.subarray(length))]
}

/**
 * A record's data as a zone file has it; a type without a writer, and data that is not what its type says, in
 * the generic form '\# 2 0a0b' (RFC 3597 §5).
 */
export function rdataText(bytes: Uint8Array, record: ReadRecord): string {
  const cursor = cursorOver(bytes, record)
  const parts = writers[record.type]?.(cursor)
  if (parts && cursor.done() && !parts.includes(undefined)) return parts.join(' ')
  const hex = Array.from(bytes.subarray(record.start, record.end), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  return `\\# ${record.end - record.start}${hex === '' ? '' : ` ${hex}`}`
}

function cursorOver(bytes: Uint8Array, { start, end }: ReadRecord): Cursor {
  let at = start
  const take = (count: number): number | undefined => {
    const from = at
    at += count
    return at > end ? undefined : from
  }
  return {
    number(count) {
      const from = take(count)
      if (from === undefined) return undefined
      return count === 4 ? u32(bytes, from) : count === 2 ? u16(bytes, from) : bytes[from]
    },
    name() {
      const read = rdataName(bytes, at, end)
      at = read?.end ?? end
      return read?.name
    },
    quoted() {
      const lengthAt = take(1)
      const from = lengthAt === undefined ? undefined : take(bytes[lengthAt] ?? 0)
      return from === undefined ? undefined : quote(bytes.subarray(from, at))
    },
    rest() {
      const from = at
      at = end
      return bytes.subarray(from, end)
    },
    done: () => at === end,
  }
}

/** Bytes as a quoted string of a zone file (RFC 1035 §5.1). */
function quote(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) => {
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`
    const character = String.fromCharCode(byte)
    return character === '"' || character === '\\' ? `\\${character}` : character
  })
  return `"${escaped.join('')}"`
}
