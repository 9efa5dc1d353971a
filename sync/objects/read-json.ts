import type { TextDocument } from './read-yaml.ts'

/** Whitespace, and lines that separate YAML documents, which may stand between JSON values, too. */
const gap = /(?:\s+|^(?:---|\.\.\.)[ \t]*(?:#.*)?$|^[ \t]*#.*$)+/my

/** The next character that opens, closes or quotes. */
const structure = /["{}[\]]/g

/**
 * JSON values one after another, as `kubectl get -o json` run twice or a JSON Lines file has them → their values.
 * Undefined when the text is anything else; YAML's parser then knows where it breaks. Of equal keys the last one
 * counts. Never throws.
 */
export function readJson(text: string): TextDocument[] | undefined {
  const documents: TextDocument[] = []
  let offset = skipGap(text, 0)
  if (!/[{[]/.test(text.charAt(offset))) return undefined
  // One value is the usual case and needs no search for its end.
  const whole = parse(text)
  if (whole) return [{ value: whole.value, offset }]
  while (offset < text.length) {
    const end = endOf(text, offset)
    const parsed = end === undefined ? undefined : parse(text.slice(offset, end))
    if (end === undefined || !parsed) return undefined
    documents.push({ value: parsed.value, offset })
    offset = skipGap(text, end)
  }
  return documents
}

function skipGap(text: string, from: number): number {
  gap.lastIndex = from
  return gap.test(text) ? gap.lastIndex : from
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The offset behind the object or array that begins at `start`; undefined when it does not end. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0
  let at = start
  while (at < text.length) {
    structure.lastIndex = at
    const found = structure.exec(text)
    if (!found || (depth === 0 && found.index !== start)) return undefined
    at = found.index + 1
    if (found[0] === '"') at = endOfString(text, at)
    else if (found[0] === '{' || found[0] === '[') depth++
    else depth--
    if (depth === 0) return at
  }
  return undefined
}

/** The offset behind the quote that closes a string; the text's length when none does. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start)
  while (at >= 0) {
    let slashes = 0
    while (text[at - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return at + 1
    at = text.indexOf('"', at + 1)
  }
  return text.length
}
