/** One condition on an object's labels. All conditions of a selector must hold. */
export type Requirement =
  | { readonly kind: 'exists' | 'absent'; readonly key: string }
  /** The value is in a set; 'notIn' also holds if the label is missing. */
  | { readonly kind: 'in' | 'notIn'; readonly key: string; readonly values: readonly string[] }
  /** The value is a whole number above or below a limit. */
  | { readonly kind: 'above' | 'below'; readonly key: string; readonly limit: bigint }

/** A selector. Without requirements it selects everything. */
export type LabelSelector = readonly Requirement[]

/** The text is not a selector. The message has the expected text and the text found. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
  readonly code = 'SELECTOR_INVALID'
}

/** Operators between a key and its value. '=' and '==' mean the same. */
const operators: ReadonlySet<string> = new Set(['=', '==', '!=', 'in', 'notin', '>', '<'])

const tokenPattern = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/gy
const namePattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const prefixPattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const integerPattern = /^[0-9]+$/

/**
 * A label selector in the syntax of kubectl's `-l`, such as `team=a,tier in (web, db),!legacy` → its requirements
 * (Kubernetes apimachinery, labels.Parse). Throws SelectorError.
 */
export function parseSelector(text: string): LabelSelector {
  const tokens =
    text
      .trimEnd()
      .match(tokenPattern)
      ?.map((token) => token.trim()) ?? []
  if (tokens.length === 0) return []
  const requirements: Requirement[] = []
  do requirements.push(readRequirement(tokens))
  while (take(tokens, ','))
  if (tokens.length > 0) fail(tokens, 'a comma or the end')
  return requirements
}

/** True if the labels meet every requirement. */
export function selects(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return selector.every((requirement) => holds(requirement, labels.get(requirement.key)))
}

function holds(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.kind) {
    case 'exists':
      return value !== undefined
    case 'absent':
      return value === undefined
    case 'in':
      return value !== undefined && requirement.values.includes(value)
    case 'notIn':
      return value === undefined || !requirement.values.includes(value)
    case 'above':
      return value !== undefined && isInteger(value) && BigInt(value) > requirement.limit
    case 'below':
      return value !== undefined && isInteger(value) && BigInt(value) < requirement.limit
  }
}

function readRequirement(tokens: string[]): Requirement {
  if (take(tokens, '!')) return { kind: 'absent', key: readKey(tokens) }
  const key = readKey(tokens)
  const [operator] = tokens
  if (operator === undefined || operator === ',') return { kind: 'exists', key }
  if (!operators.has(operator)) fail(tokens, 'one of = == != in notin > <')
  tokens.shift()
  if (operator === 'in' || operator === 'notin')
    return { kind: operator === 'in' ? 'in' : 'notIn', key, values: readValues(tokens) }
  const value = readValue(tokens)
  if (operator === '>' || operator === '<')
    return { kind: operator === '>' ? 'above' : 'below', key, limit: readLimit(value, operator) }
  return { kind: operator === '!=' ? 'notIn' : 'in', key, values: [value] }
}

function readKey(tokens: string[]): string {
  const [key = ''] = tokens
  const [name = '', prefix, ...rest] = key.split('/').toReversed()
  const isKey = namePattern.test(name) && (prefix === undefined || prefixPattern.test(prefix))
  if (!isKey || rest.length > 0) fail(tokens, "a label's key")
  tokens.shift()
  return key
}

/** '(a, b)'. Nothing between commas or parentheses means the empty value. */
function readValues(tokens: string[]): string[] {
  if (!take(tokens, '(')) fail(tokens, '"("')
  const values: string[] = []
  do values.push(readValue(tokens))
  while (take(tokens, ','))
  if (!take(tokens, ')')) fail(tokens, '"," or ")"')
  return values
}

/** The next value, empty if there is none: 'key=' selects labels with an empty value. */
function readValue(tokens: string[]): string {
  const [value] = tokens
  if (value === undefined || value === ',' || value === ')') return ''
  if (!namePattern.test(value)) fail(tokens, "a label's value")
  tokens.shift()
  return value
}

function readLimit(value: string, operator: string): bigint {
  if (isInteger(value)) return BigInt(value)
  throw new SelectorError(`"${value}" after ${operator} is not a whole number`)
}

function take(tokens: string[], wanted: string): boolean {
  if (tokens[0] !== wanted) return false
  tokens.shift()
  return true
}

function fail([found]: readonly string[], expected: string): never {
  throw new SelectorError(`expected ${expected}, found ${found === undefined ? 'the end' : `"${found}"`}`)
}

function isInteger(value: string): boolean {
  return integerPattern.test(value)
}
