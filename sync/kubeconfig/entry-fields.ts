import { dirname, isAbsolute, join } from 'node:path'
import { KubeconfigError } from './errors.ts'
import { type Entry, isObject } from './parse.ts'

/** Typed access to the fields of one entry. An absent or empty field is undefined; each throws KubeconfigError. */
export type EntryFields = {
  /** The entry as messages name it, such as 'config: user "dev"'. */
  readonly place: string
  text(field: string): string | undefined
  flag(field: string): boolean
  texts(field: string): readonly string[]
  /** A map from names to lists of texts. */
  textLists(field: string): ReadonlyMap<string, readonly string[]>
  /** A path, made absolute or relative to the working directory; it is written relative to the entry's file. */
  path(field: string): string | undefined
  /** Base64 text, as it is written. */
  base64(field: string): string | undefined
  object(field: string): EntryFields | undefined
  objects(field: string): readonly EntryFields[]
  /** The value as it was read. */
  raw(field: string): unknown
}

/** The fields of an entry. `place` names it in messages. */
export function fieldsOf({ fields, file }: Entry, place: string): EntryFields {
  const wrong = (field: string, wanted: string): KubeconfigError =>
    new KubeconfigError(`${place}: ${field} has to be ${wanted}`)
  const text = (field: string): string | undefined => {
    const value = fields[field] ?? ''
    if (typeof value !== 'string') throw wrong(field, 'a text; put it into quotes')
    return value === '' ? undefined : value
  }
  const list = (field: string): readonly unknown[] => {
    const value = fields[field] ?? []
    if (!Array.isArray(value)) throw wrong(field, 'a list')
    return value
  }
  const nested = (value: unknown, name: string): EntryFields => {
    if (!isObject(value)) throw wrong(name, 'an object of fields')
    return fieldsOf({ fields: value, file }, `${place}: ${name}`)
  }
  const textsOf = (value: unknown, field: string): readonly string[] => {
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw wrong(field, 'a list of texts')
    return value as readonly string[]
  }
  return {
    place,
    text,
    flag: (field) => {
      const value = fields[field] ?? false
      if (typeof value !== 'boolean') throw wrong(field, 'true or false, without quotes')
      return value
    },
    texts: (field) => textsOf(fields[field] ?? [], field),
    textLists: (field) => {
      const value = fields[field] ?? {}
      if (!isObject(value)) throw wrong(field, 'a map of lists')
      return new Map(
        Object.entries(value).map(([key, texts]) => [key, textsOf(texts ?? [], `${field}.${key}`)]),
      )
    },
    path: (field) => {
      const path = text(field)
      return path === undefined || isAbsolute(path) ? path : join(dirname(file), path)
    },
    base64: (field) => {
      const value = text(field)
      if (value !== undefined && !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value)) throw wrong(field, 'base64')
      return value
    },
    object: (field) =>
      fields[field] === undefined || fields[field] === null ? undefined : nested(fields[field], field),
    objects: (field) => list(field).map((value, index) => nested(value, `${field}[${index}]`)),
    raw: (field) => fields[field],
  }
}
