import { formatAddress } from '../address.ts'
import { rdataName } from '../message/read-message.ts'
import { nameToText } from '../name.ts'
import { u16, u32 } from '../uint.ts'
import { addressPrefixesText } from './apl-text.ts'
import { locBytes, locText } from './loc-text.ts'
import { algorithmText, certificateTypeText, tsigErrorText, typeText } from './mnemonic.ts'
import { quotedText } from './quoted-text.ts'
import { base64Text, counted, type Field, hexText, rest, take } from './rdata-cursor.ts'
import { svcParamsText } from './svcb-text.ts'

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

/** An unsigned number of six bytes. */
export const sixBytes: Field = (cursor) => {
  const bytes = take(cursor, 6)
  return bytes && String(u16(bytes, 0) * 2 ** 32 + u32(bytes, 2))
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

/** An address of 4 or 16 bytes. */
export const address =
  (length: 4 | 16): Field =>
  (cursor) => {
    const bytes = take(cursor, length)
    return bytes && formatAddress(bytes)
  }

/** All bytes that are left, at least one, in hexadecimal; upper case, as dig prints digests. */
export const restHex: Field = (cursor) => hexText(rest(cursor)) || undefined

/** All bytes that are left, at least one, in base64. */
export const restBase64: Field = (cursor) => base64Text(rest(cursor)) || undefined

/** A length of two bytes, followed by that number of bytes → the length, and the bytes in base64 if there are any. */
export const countedBase64: Field = (cursor) => {
  const length = short(cursor)
  const bytes = length === undefined ? undefined : take(cursor, Number(length))
  return bytes && [length, ...(bytes.length > 0 ? [base64Text(bytes)] : [])].join(' ')
}

/** A salt in hexadecimal; '-' when it is empty (RFC 5155 §3.3). */
export const salt: Field = (cursor) => {
  const bytes = counted(cursor)
  return bytes && (hexText(bytes) || '-')
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

/** The type of a certificate, as its mnemonic (RFC 4398 §2.2). */
export const certificateType: Field = (cursor) => {
  const bytes = take(cursor, 2)
  return bytes && certificateTypeText(u16(bytes, 0))
}

/** The algorithm of a certificate's key, as its mnemonic. BIND prints the algorithms of other types as numbers. */
export const algorithm: Field = (cursor) => {
  const code = take(cursor, 1)?.[0]
  return code === undefined ? undefined : algorithmText(code)
}

/** The error field of a TSIG or TKEY record, as its mnemonic. */
export const tsigError: Field = (cursor) => {
  const bytes = take(cursor, 2)
  return bytes && tsigErrorText(u16(bytes, 0))
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

/** Address prefixes, to the end of the rdata (RFC 3123 §5). */
export const addressPrefixes: Field = (cursor) => addressPrefixesText(rest(cursor))
