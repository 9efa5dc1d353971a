/** An invalid configuration. `path` is the faulty field, such as 'clusters[0].zones[1]'. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.path = path
  }
}

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** An object with only known fields. Throws ConfigError, naming the unknown field. */
export function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(path, 'not an object')
  for (const field of Object.keys(value)) {
    if (!known.includes(field))
      throw new ConfigError(`${path}.${field}`, `unknown; known are ${known.join(', ')}`)
  }
  return value as Fields
}

/** An array. Throws ConfigError. */
export function list(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new ConfigError(path, 'not an array')
}

/** A string. Throws ConfigError. */
export function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new ConfigError(path, 'not text')
}

/** An array of strings. Throws ConfigError, naming the item. */
export function texts(value: unknown, path: string): string[] {
  return list(value, path).map((item, index) => textOf(item, `${path}[${index}]`))
}

/** A field that is true or false. Throws ConfigError; `above` is the path of the object, with a dot. */
export function flag(fields: Fields, field: string, byDefault: boolean, above = ''): boolean {
  const value = fields[field] ?? byDefault
  if (typeof value === 'boolean') return value
  throw new ConfigError(above + field, 'neither true nor false')
}

/** A field that is a number of bytes above 0. Throws ConfigError. */
export function bytes(fields: Fields, field: string, byDefault: number, above = ''): number {
  const value = fields[field] ?? byDefault
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(above + field, 'not a number of bytes above 0')
}

/** A DoH endpoint's URL: https, or http for a loopback host. Throws ConfigError, also for credentials and fragments. */
export function dohUrl(value: unknown, path: string): URL {
  const text = textOf(value, path)
  if (!URL.canParse(text)) throw new ConfigError(path, 'not a URL such as https://1.1.1.1/dns-query')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(path, 'the URL has a user or password, which is not supported')
  if (url.hash !== '') throw new ConfigError(path, 'the URL has a fragment; remove it')
  const isLoopback = /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url
  throw new ConfigError(path, 'not https (http is for 127.0.0.1, ::1 and localhost only)')
}

/** The message of a caught value, which need not be an Error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
