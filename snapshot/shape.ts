import { isBlobHash } from './blob.ts'
import { SnapshotError } from './errors.ts'

/**
 * Readers of untrusted JSON. Each takes a value and its path, and returns the value with its type, or throws
 * SnapshotError SCHEMA with the path of the fault.
 */
export type Reader<T> = (value: unknown, path: string) => T

function fail(path: string, wanted: string): never {
  throw new SnapshotError('SCHEMA', `${path} is not ${wanted}`)
}

/** JSON text → value. Throws SnapshotError SCHEMA with `what` in its message when it is not JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return fail(what, 'JSON')
  }
}

/** Text of any length. */
export const readText: Reader<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'text')

/** true or false, but no other truthy or falsy value. */
export const readBoolean: Reader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false')

/** A whole number from 0 to Number.MAX_SAFE_INTEGER. */
export const readCount: Reader<number> = (value, path) => readNumberUpTo(Number.MAX_SAFE_INTEGER)(value, path)

/** A whole number from 0 to `most`. */
export function readNumberUpTo(most: number): Reader<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
      ? value
      : fail(path, `a whole number from 0 to ${most}`)
}

/** A schema version that is in `readable`. */
export function readSchema<T extends number>(...readable: readonly T[]): Reader<T> {
  return (value, path) =>
    readable.find((version) => version === value) ??
    fail(path, `a known schema (${readable.join(', ')})${typeof value === 'number' ? `: ${value}` : ''}`)
}

/** A text with the form of a blob's hash. */
export const readHash: Reader<string> = (value, path) =>
  isBlobHash(value) ? value : fail(path, 'a blob hash')

/** An array. Its items are not checked. */
export const readArray: Reader<readonly unknown[]> = (value, path) =>
  Array.isArray(value) ? value : fail(path, 'an array')

/** An object that is not an array. Its fields are not checked. */
export const readObject: Reader<Readonly<Record<string, unknown>>> = (value, path) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(path, 'an object')

/**
 * An array, each item checked by `item`. The path of an item is made only where the item has a fault, and the item is then
 * read again for its message: a fresh isolate reads thousands of items for its first answer.
 */
export function readList<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    const items = readArray(value, path)
    let index = 0
    try {
      for (; index < items.length; index++) item(items[index], '')
    } catch (error) {
      item(items[index], `${path}[${index}]`)
      throw error
    }
    return items as readonly T[]
  }
}

/** One of a few texts. */
export function readOneOf<T extends string>(...texts: readonly T[]): Reader<T> {
  return (value, path) => texts.find((text) => text === value) ?? fail(path, `one of ${texts.join(', ')}`)
}

/** undefined, or a value checked by `reader`. */
export function readOptional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : reader(value, path))
}

/** null, or a value checked by `reader`. */
export function readNullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}
