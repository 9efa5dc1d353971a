import { durationPattern, timePattern } from './times.ts'

/** The fields of an entry as the file has them, in order. Fields that are undefined are left out. */
export type EntryFields = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** Words that a YAML 1.1 or 1.2 parser does not read as text. */
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i
/** Texts that need no quotes. Of hashes those with a letter that numbers do not have: 12e3 is a number. */
const plain = [/^[A-Za-z][A-Za-z0-9._@-]*$/, /^(?=.*[abcdf])[0-9a-f]{64}$/, timePattern, durationPattern]

/** An entry → its lines, such as `name: alice`. */
export function entryLines(fields: EntryFields): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${valueText(value)}`],
  )
}

/** A value → YAML in one line, with the same meaning in YAML 1.1 and 1.2. */
export function valueText(value: string | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return `[${value.map((each) => valueText(each)).join(', ')}]`
  const isPlain = plain.some((pattern) => pattern.test(value)) && !reserved.test(value)
  // A JSON string is a double-quoted scalar.
  return isPlain ? value : JSON.stringify(value)
}
