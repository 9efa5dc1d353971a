import { BinaryReader } from '@bufbuild/protobuf/wire'

/** Reads the value that a reader stands at. */
export type Read = (reader: BinaryReader) => unknown

/** Puts the value that a reader stands at into the message's object. */
export type Field = (object: Record<string, unknown>, reader: BinaryReader) => void

/** By field number; what is not named is passed over without a look. */
export type Fields = Readonly<Record<number, Field>>

/** A text; an empty one is left out, as it is in JSON. */
export function text(name: string): Field {
  return (object, reader) => {
    const value = reader.string()
    if (value !== '') object[name] = value
  }
}

/** A value by what reads it. */
export function one(name: string, read: Read): Field {
  return (object, reader) => void (object[name] = read(reader))
}

/** One of a list's values. */
export function many(name: string, read: Read): Field {
  return (object, reader) => {
    const held = object[name] as unknown[] | undefined
    if (held) held.push(read(reader))
    else object[name] = [read(reader)]
  }
}

/** One entry of a map from texts to texts. */
export function textMap(name: string): Field {
  return (object, reader) => {
    const { key = '', value = '' } = readEntry(reader) as { key?: string; value?: string }
    // Whatever a key is called, it is nothing but a key.
    const held = (object[name] as Record<string, string> | undefined) ?? Object.create(null)
    held[key] = value
    object[name] = held
  }
}

/** A message within another one → an object of the fields that are named. */
export function message(fields: Fields): Read {
  return (reader) => readFields(fields, reader, reader.uint32())
}

/** A message's bytes → an object of the fields that are named. Throws Error where the bytes are no such message. */
export function decodeMessage(fields: Fields, of: Uint8Array): Record<string, unknown> {
  return readFields(fields, new BinaryReader(of), of.length)
}

/** The messages of one field of a message, each read when it is asked for. Throws Error where the bytes are no such message. */
export function* messagesIn(of: Uint8Array, field: number, read: Read): Generator {
  const reader = new BinaryReader(of)
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    if (number === field) yield read(reader)
    else reader.skip(type, number)
  }
}

/** Bytes, of which a part of the whole is given, no copy. */
export const bytes: Read = (reader) => reader.bytes()
/** A text, empty or not. */
export const string: Read = (reader) => reader.string()
/** A whole number. */
export const int32: Read = (reader) => reader.int32()
/** A truth. */
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
