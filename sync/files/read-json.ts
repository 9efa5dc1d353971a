import type { TextDocument } from './read-yaml.ts'

/** Whitespace, and lines that separate YAML documents, which may stand between JSON values, too. */
const gap = /(?:\s+|^(?:---|\.\.\.)[ \t]*(?:#.*)?$|^[ \t]*#.*$)+/my

const codes = {
  quote: 0x22,
  backslash: 0x5c,
  openList: 0x5b,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
}

/**
 * JSON values one after another, as `kubectl get -o json` run twice or a JSON Lines file has them → their values.
 * Undefined when the text is anything else; the YAML parser then reports the place of the error. Of equal keys the last one
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

/** The offset after the object or array that begins at `start`; undefined when it does not end. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.quote) at = closingQuote(text, at + 1)
    else if (code === codes.openObject || code === codes.openList) depth++
    else if (code === codes.closeObject || code === codes.closeList) depth--
    if (depth === 0) return at + 1
  }
  return undefined
}

/** The offset of the quote that closes a string whose content begins at `start`; the text's length when none does. */
function closingQuote(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.backslash) at++
    else if (code === codes.quote) return at
  }
  return text.length
}
