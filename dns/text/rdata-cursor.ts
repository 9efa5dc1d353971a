/** A position in the rdata of a message. A field that reads past `end` is undefined. */
export type Cursor = { readonly bytes: Uint8Array; at: number; readonly end: number }

/** Reads one field of an rdata and moves past it → its text in a zone file; undefined when it is malformed. */
export type Field = (cursor: Cursor) => string | undefined

/** The next `count` bytes; undefined when there are fewer. */
export function take(cursor: Cursor, count: number): Uint8Array | undefined {
  const from = cursor.at
  cursor.at += count
  return cursor.at > cursor.end ? undefined : cursor.bytes.subarray(from, cursor.at)
}

/** All bytes that are left. */
export function rest(cursor: Cursor): Uint8Array {
  return take(cursor, Math.max(0, cursor.end - cursor.at)) ?? new Uint8Array(0)
}

/** The bytes after a length byte: a character string (RFC 1035 §3.3), a salt or a hash (RFC 5155 §3.2). */
export function counted(cursor: Cursor): Uint8Array | undefined {
  const length = take(cursor, 1)?.[0]
  return length === undefined ? undefined : take(cursor, length)
}

/** Bytes → hexadecimal digits in upper case, as dig prints digests. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (value) => value.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

/** Bytes → base64 with padding. */
export function base64Text(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
