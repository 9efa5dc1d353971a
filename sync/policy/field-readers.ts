import type { FieldPath } from './locate.ts'

/** A part of the published JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Reports a fault at a field. It returns undefined, which readers then return. */
export type Report = (path: FieldPath, problem: string) => undefined

/**
 * One row of the policy's form: the reader of a value, and the equivalent JSON Schema. `read` returns the value
 * with its type, or undefined after it reported every fault in it.
 */
export type FieldReader<T> = {
  readonly schema: JsonSchema
  read(value: unknown, path: FieldPath, report: Report): T | undefined
}

/** A reader with a description in the JSON Schema. */
export function described<T>(description: string, reader: FieldReader<T>): FieldReader<T> {
  return { ...reader, schema: { description, ...reader.schema } }
}

/** Text of a pattern. `rule` completes the sentence "it must be …". */
export function text(pattern: RegExp, rule: string): FieldReader<string> {
  return {
    schema: { type: 'string', pattern: pattern.source },
    read: (value, path, report) => {
      if (typeof value === 'string' && pattern.test(value)) return value
      return report(path, problemOf(value, rule))
    },
  }
}

/** One of a few texts, numbers or booleans. */
export function oneOf<const T extends string | number | boolean>(...values: readonly T[]): FieldReader<T> {
  return {
    schema: values.length === 1 ? { const: values[0] } : { enum: values },
    read: (value, path, report) => {
      const found = values.find((each) => each === value)
      if (found === undefined) report(path, mustBe(value, values.map((each) => show(each)).join(' or ')))
      return found
    },
  }
}

/** true or false. */
export const flag: FieldReader<boolean> = {
  schema: { type: 'boolean' },
  read: (value, path, report) => {
    if (typeof value === 'boolean') return value
    return report(path, mustBe(value, 'true or false, without quotes'))
  },
}

/** A list of `least` to `most` items, each once where the items are texts. */
export function list<T>(item: FieldReader<T>, least: number, most: number): FieldReader<readonly T[]> {
  return {
    schema: { type: 'array', items: item.schema, minItems: least, maxItems: most, uniqueItems: true },
    read: (value, path, report) => {
      if (!Array.isArray(value))
        return report(path, mustBe(value, `a list, such as ${least > 0 ? '[a, b]' : '[]'}`))
      const items: readonly unknown[] = value
      if (items.length < least || items.length > most)
        return report(path, `the list has ${items.length} items; it must have ${least} to ${most}`)
      const read = items.map((each, index) => item.read(each, [...path, index], report))
      for (const [index, each] of items.entries())
        if (typeof each === 'string' && items.indexOf(each) < index)
          return report([...path, index], `${show(each)} occurs twice; keep one of them`)
      return read.every((each) => each !== undefined) ? read : undefined
    },
  }
}

/** A field that may be empty (null), which is read as `nothing`. */
export function emptyAs<T>(nothing: T, reader: FieldReader<T>): FieldReader<T> {
  return {
    schema: { anyOf: [reader.schema, { type: 'null' }] },
    read: (value, path, report) => (value === null ? nothing : reader.read(value, path, report)),
  }
}

type Readers<T> = { readonly [F in keyof T]: FieldReader<T[F]> }

/**
 * An object with fields that it must have and fields that it may have. Of the fields `exactlyOne`, which are among the
 * latter, it has one. Other fields are faults.
 */
export function object<R extends object, O extends object>(
  required: Readers<R>,
  optional: Readers<O>,
  exactlyOne: readonly (keyof O & string)[] = [],
): FieldReader<R & Partial<O>> {
  const fields = new Map<string, FieldReader<unknown>>(Object.entries({ ...required, ...optional }))
  const needed = Object.keys(required)
  const properties = Object.fromEntries([...fields].map(([name, { schema }]) => [name, schema]))
  const choice = exactlyOne.length > 0 ? { oneOf: exactlyOne.map((name) => ({ required: [name] })) } : {}
  return {
    schema: { type: 'object', additionalProperties: false, required: needed, properties, ...choice },
    read: (value, path, report) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return report(path, mustBe(value, `a group of the fields ${[...fields.keys()].join(', ')}`))
      const entries = Object.entries(value)
      let isValid = checkFields(new Set(Object.keys(value)), { fields, needed, exactlyOne }, path, report)
      const read: Record<string, unknown> = {}
      for (const [name, each] of entries) {
        const field = fields.get(name)
        if (field) read[name] = field.read(each, [...path, name], report)
        if (field && read[name] === undefined) isValid = false
      }
      return isValid ? (read as R & Partial<O>) : undefined
    },
  }
}

type Form = {
  readonly fields: ReadonlyMap<string, unknown>
  readonly needed: readonly string[]
  readonly exactlyOne: readonly string[]
}

/** Reports unknown fields, missing fields, and none or several of those that exclude each other. */
function checkFields(
  given: ReadonlySet<string>,
  { fields, needed, exactlyOne }: Form,
  path: FieldPath,
  report: Report,
): boolean {
  const unknown = [...given].filter((name) => !fields.has(name))
  for (const name of unknown)
    report([...path, name], `unknown field; the fields here are ${[...fields.keys()].join(', ')}`)
  const missing = needed.filter((name) => !given.has(name))
  for (const name of missing) report(path, `the field ${name} is missing`)
  const chosen = exactlyOne.filter((name) => given.has(name))
  const isChosen = exactlyOne.length === 0 || chosen.length === 1
  if (!isChosen) {
    const found = chosen.length === 0 ? 'none of the fields' : `several of the fields`
    report(path, `it has ${found} ${exactlyOne.join(', ')}; give exactly one of them`)
  }
  return unknown.length === 0 && missing.length === 0 && isChosen
}

/** Why a value is not a text of a rule. YAML reads 123 and true as a number and a boolean. */
function problemOf(value: unknown, rule: string): string {
  const isQuotable = typeof value === 'number' || typeof value === 'boolean'
  return isQuotable
    ? `${show(value)} is a ${typeof value}, not a string; put it in quotes`
    : mustBe(value, rule)
}

/** The problem of a value that breaks a rule. */
export function mustBe(value: unknown, rule: string): string {
  return value === null
    ? `the field is empty; it must be ${rule}`
    : `${show(value)} is not valid here; it must be ${rule}`
}

/** A value for a message: short texts, numbers and booleans as JSON, everything else by its type. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : 'a group of fields'
}
