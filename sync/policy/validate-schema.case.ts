import { isDeepStrictEqual } from 'node:util'
import type { JsonSchema } from './field-readers.ts'

/**
 * Does a value match a JSON Schema, by the keywords of draft 2020-12 that the policy's schema has? It is written without
 * the parser. Throws Error for a keyword that it does not know.
 */
export function matchesSchema(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, rule]) => {
    const check = keywords[keyword]
    if (!check) throw new Error(`unknown keyword ${keyword}`)
    return check(rule as never, value, schema)
  })
}

type Check = (rule: never, value: unknown, schema: JsonSchema) => boolean

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  null: (value) => value === null,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
}

const keywords: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  type: (rule: string, value) => types[rule]?.(value) ?? false,
  const: (rule: unknown, value) => isDeepStrictEqual(rule, value),
  enum: (rule: readonly unknown[], value) => rule.some((each) => isDeepStrictEqual(each, value)),
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule, 'u').test(value),
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  uniqueItems: (_, value) =>
    !Array.isArray(value) ||
    value.every((each, index) => value.findIndex((other) => isDeepStrictEqual(each, other)) === index),
  items: (rule: JsonSchema, value) =>
    !Array.isArray(value) || value.every((each) => matchesSchema(rule, each)),
  required: (rule: readonly string[], value) =>
    !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (rule: Readonly<Record<string, JsonSchema>>, value) =>
    !isObject(value) ||
    Object.entries(value).every(([name, each]) => {
      const schema = Object.hasOwn(rule, name) ? rule[name] : undefined
      return schema === undefined || matchesSchema(schema, each)
    }),
  additionalProperties: (rule: boolean, value, { properties }) =>
    rule || !isObject(value) || Object.keys(value).every((name) => Object.hasOwn(properties as object, name)),
  oneOf: (rule: readonly JsonSchema[], value) =>
    rule.filter((each) => matchesSchema(each, value)).length === 1,
  anyOf: (rule: readonly JsonSchema[], value) => rule.some((each) => matchesSchema(each, value)),
}
