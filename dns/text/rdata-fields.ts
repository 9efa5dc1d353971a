import { formatAddress } from '../address.ts'
import { rdataName } from '../message/read-message.ts'
import { nameToText } from '../name.ts'
import { u16, u32 } from '../uint.ts'
import { locBytes, locText } from './loc-text.ts'
import { typeText } from './mnemonic.ts'
import { quotedText } from './quoted-text.ts'
import { svcParamsText } from './svcb-text.ts'

/** A position in the rdata of a message. A field that reads past `end` is undefined. */
export type Cursor = { readonly bytes: Uint8Array; at: number; readonly end: number }

/** Reads one field of an rdata and moves behind it → its text in a zone file; undefined when it is malformed. */
export type Field = (cursor: Cursor) => string | undefined

/** The next `count` bytes; undefined when there are fewer. */
function take(cursor: Cursor, count: number): Uint8Array | undefined {
  const from = cursor.at
  cursor.at += count
  return cursor.at > cursor.end ? undefined : cursor.bytes.subarray(from, cursor.at)
}

/** All bytes that are left. */
function rest(cursor: Cursor): Uint8Array {
  return take(cursor, Math.max(0, cursor.end - cursor.at)) ?? new Uint8Array(0)
}

/** The bytes behind a length byte: a character string (RFC 1035 §3.3), a salt or a hash (RFC 5155 §3.2). */
function counted(cursor: Cursor): Uint8Array | undefined {
  const length = take(cursor, 1)?.[0]
  return length === undefined ? undefined : take(cursor, length)
}

/** An unsigned number of one byte. */
export const byte: Field = (cursor) => take(cursor, 1)?.[0]?.toString()

/** An unsigned number of two bytes. */
export const short: Field = (cursor) => {
  const bytes = take(cursor, 2)
  return bytes && String(u16(bytes, 0))
}

/** An unsigned number of four bytes. */
export const long: Field = (cursor) => {
  const bytes = take(cursor, 4)
  return bytes && String(u32(bytes, 0))
}

/** A domain name, compressed or not. */
export const name: Field = (cursor) => {
  const read = rdataName(cursor.bytes, cursor.at, cursor.end)
  cursor.at = read?.end ?? cursor.end + 1
  return read && nameToText(read.name)
}

/** One character string, quoted. */
export const string: Field = (cursor) => {
  const bytes = counted(cursor)
  return bytes && quotedText(bytes)
}

/** One character string or more, to the end of the rdata. */
export const strings: Field = (cursor) => {
  const texts = [string(cursor)]
  while (cursor.at < cursor.end) texts.push(string(cursor))
  return texts.includes(undefined) ? undefined : texts.join(' ')
}

/** All bytes that are left, as one quoted string (RFC 7553 §4.3, RFC 8659 §4.1). */
export const restQuoted: Field = (cursor) => quotedText(rest(cursor))

/** The tag of a CAA record (RFC 8659 §4.1): ASCII letters and digits. */
export const tag: Field = (cursor) => {
  const text = String.fromCharCode(...(counted(cursor) ?? []))
  return /^[A-Za-z0-9]+$/.test(text) ? text : undefined
}

/** An address of 4 or 16 bytes that fills the rest of the rdata. */
export const address =
  (length: 4 | 16): Field =>
  (cursor) => {
    const bytes = rest(cursor)
    return bytes.length === length ? formatAddress(bytes) : undefined
  }

/** All bytes that are left, at least one, in hexadecimal; upper case, as dig prints digests. */
export const restHex: Field = (cursor) => hex(rest(cursor)) || undefined

/** All bytes that are left, at least one, in base64. */
export const restBase64: Field = (cursor) => btoa(String.fromCharCode(...rest(cursor))) || undefined

/** A salt in hexadecimal; '-' when it is empty (RFC 5155 §3.3). */
export const salt: Field = (cursor) => {
  const bytes = counted(cursor)
  return bytes && (hex(bytes) || '-')
}

/** A hashed owner name in base32 with the extended hex alphabet, without padding (RFC 5155 §3.3). */
export const hashedName: Field = (cursor) => {
  const bits = Array.from(counted(cursor) ?? [], (value) => value.toString(2).padStart(8, '0')).join('')
  const digits = bits.match(/.{1,5}/g) ?? []
  return (
    digits
      .map((five) => Number.parseInt(five.padEnd(5, '0'), 2).toString(32))
      .join('')
      .toUpperCase() || undefined
  )
}

/** A time in seconds since 1970, as YYYYMMDDHHmmSS in UTC (RFC 4034 §3.2). */
export const time: Field = (cursor) => {
  const bytes = take(cursor, 4)
  return bytes && new Date(u32(bytes, 0) * 1000).toISOString().replace(/[-T:]|\..*/g, '')
}

/** The number of a record type, as its mnemonic. */
export const type: Field = (cursor) => {
  const bytes = take(cursor, 2)
  return bytes && typeText(u16(bytes, 0))
}

/** A bitmap of record types that fills the rest of the rdata (RFC 4034 §4.1.2) → their mnemonics. */
export const types: Field = (cursor) => {
  const found: string[] = []
  let lowest = 0
  while (cursor.at < cursor.end) {
    const window = take(cursor, 1)?.[0] ?? 0
    const bitmap = counted(cursor)
    if (!bitmap || bitmap.length === 0 || bitmap.length > 32 || window < lowest) return undefined
    lowest = window + 1
    for (let bit = 0; bit < 8 * bitmap.length; bit++) {
      if (((bitmap[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) found.push(typeText(256 * window + bit))
    }
  }
  return found.join(' ')
}

/** A place on the globe (RFC 1876). */
export const loc: Field = (cursor) => {
  const bytes = take(cursor, locBytes)
  return bytes && locText(bytes)
}

/** Service parameters, to the end of the rdata (RFC 9460 §2.2). */
export const svcParams: Field = (cursor) => svcParamsText(rest(cursor))?.join(' ')

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (value) => value.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}
