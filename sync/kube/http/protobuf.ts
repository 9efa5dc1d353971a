import { BinaryReader } from '@bufbuild/protobuf/wire'

/** Reads the value at the reader's position. */
export type Read = (reader: BinaryReader) => unknown

/** Stores the value at the reader's position in the message's object. */
export type Field = (object: Record<string, unknown>, reader: BinaryReader) => void

/** Fields by number; all others are skipped without decoding. */
export type Fields = Readonly<Record<number, Field>>

/** A string field; an empty one is left out, as in JSON. */
export function text(name: string): Field {
  return (object, reader) => {
    const value = reader.string()
    if (value !== '') object[name] = value
  }
}

/** A field with one value. */
export function one(name: string, read: Read): Field {
  return (object, reader) => void (object[name] = read(reader))
}

/** A repeated field. */
export function many(name: string, read: Read): Field {
  return (object, reader) => {
    const items = object[name] as unknown[] | undefined
    if (items) items.push(read(reader))
    else object[name] = [read(reader)]
  }
}

/** A map from strings to strings. */
export function textMap(name: string): Field {
  return (object, reader) => {
    const { key = '', value = '' } = readEntry(reader) as { key?: string; value?: string }
    // Without a prototype, a key such as __proto__ is an ordinary key.
    const map = (object[name] as Record<string, string> | undefined) ?? Object.create(null)
    map[key] = value
    object[name] = map
  }
}

/** A nested message → an object with the given fields. */
export function message(fields: Fields): Read {
  return (reader) => readFields(fields, reader, reader.uint32())
}

/** A message's bytes → an object with the given fields. Throws Error where the bytes are not such a message. */
export function decodeMessage(fields: Fields, of: Uint8Array): Record<string, unknown> {
  return readFields(fields, new BinaryReader(of), of.length)
}

/** The messages of a repeated field, each decoded when the iteration reaches it. Throws Error where the bytes are not such a message. */
export function* messagesIn(of: Uint8Array, field: number, read: Read): Generator {
  const reader = new BinaryReader(of)
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    if (number === field) yield read(reader)
    else reader.skip(type, number)
  }
}

/** Bytes: a view of the message, not a copy. */
export const bytes: Read = (reader) => reader.bytes()
/** A string, empty or not. */
export const string: Read = (reader) => reader.string()
/** A 32-bit integer. */
export const int32: Read = (reader) => reader.int32()
/** A boolean. */
export const bool: Read = (reader) => reader.bool()

const readEntry = message({ 1: text('key'), 2: text('value') })

function readFields(fields: Fields, reader: BinaryReader, length: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  const end = reader.pos + length
  while (reader.pos < end) {
    const [number, type] = reader.tag()
    const field = fields[number]
    if (field) field(object, reader)
    else reader.skip(type, number)
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message')
  return object
}
