import { PolicyError } from './faults.ts'
import { locate } from './locate.ts'
import type { YamlNode, YamlPair, YamlSequence } from './read-document.ts'
import { columnAt, lineBreakOf, lineStart, nextLine, withoutFinalComments } from './text-lines.ts'

/**
 * Edits of a policy's text that change only the lines that they must: comments, order and format of all else stay.
 * `root` is the tree of the text. They throw PolicyError POLICY_STYLE for a text that is not written in lines.
 */

/** A list of a policy. */
export type ListName = 'tokens' | 'minting'

/** Adds an item after the last one of a list. `lines` are its fields, such as `name: alice`. */
export function addItem(text: string, root: YamlNode, list: ListName, lines: readonly string[]): string {
  const pair = pairOf(root, list)
  const rootColumn = columnAt(text, Math.max(0, root.start))
  if (!pair)
    return insertLines(text, documentEnd(text, root), [`${list}:`, ...itemLines(lines, '  ')], rootColumn)
  const { value } = pair
  if (value.kind === 'sequence' && value.items.length > 0) {
    const { end } = itemRange(text, root, list, value.items.length - 1)
    return insertLines(text, end, itemLines(lines, ''), columnAt(text, value.start))
  }
  return insertLines(...withoutEmptyValue(text, pair), itemLines(lines, '  '), rootColumn)
}

/**
 * Removes items of a list, by position. Comments between the items stay, and so do those after the last field of an item;
 * comments before its last field are removed with it.
 */
export function removeItems(
  text: string,
  root: YamlNode,
  list: ListName,
  indexes: readonly number[],
): string {
  return indexes
    .toSorted((a, b) => b - a)
    .reduce((rest, index) => {
      const { start, end } = itemRange(text, root, list, index)
      return rest.slice(0, start) + rest.slice(end)
    }, text)
}

/** Sets a field of an item to a text of YAML without line breaks. */
export function setField(
  text: string,
  root: YamlNode,
  list: ListName,
  index: number,
  field: string,
  value: string,
): string {
  const item = sequenceOf(root, list).items[index]
  if (item?.kind !== 'mapping') throw styleError(list)
  const old = item.pairs.find(({ key }) => key === field)?.value
  if (old) {
    if (old.kind !== 'scalar' || old.start < 0) throw styleError(list)
    return text.slice(0, old.start) + value + text.slice(old.end)
  }
  if (item.isFlow) return `${text.slice(0, item.start + 1)}${field}: ${value}, ${text.slice(item.start + 1)}`
  const { end } = itemRange(text, root, list, index)
  return insertLines(text, end, [`${field}: ${value}`], columnAt(text, item.pairs[0]?.keyStart ?? item.start))
}

function itemLines([first = '', ...others]: readonly string[], indent: string): string[] {
  return [`${indent}- ${first}`, ...others.map((line) => `${indent}  ${line}`)]
}

/** Inserts whole lines at the start of a line, or after the last one. */
function insertLines(text: string, at: number, lines: readonly string[], column: number): string {
  const end = lineBreakOf(text)
  const before = text.slice(0, at)
  const gap = before === '' || /[\r\n]$/.test(before) ? '' : end
  return before + gap + lines.map((line) => ' '.repeat(column) + line + end).join('') + text.slice(at)
}

/** The lines of an item, from the one with its dash to the one with its last field. */
function itemRange(
  text: string,
  root: YamlNode,
  list: ListName,
  index: number,
): { readonly start: number; readonly end: number } {
  const sequence = sequenceOf(root, list)
  const start = dashLine(text, root, list, index)
  const isLast = index + 1 >= sequence.items.length
  const limit = isLast ? listEnd(text, root, list) : dashLine(text, root, list, index + 1)
  return { start, end: withoutFinalComments(text, start, limit) }
}

/** The start of the line with an item's dash. All dashes of a list are in one column, and nothing in an item is. */
function dashLine(text: string, root: YamlNode, list: ListName, index: number): number {
  const column = columnAt(text, sequenceOf(root, list).start)
  let at = lineStart(text, locate(root, [list, index]))
  while (text.slice(at, at + column + 1).trim() !== '-' || text[at + column] !== '-') {
    if (at === 0) throw styleError(list)
    at = lineStart(text, at - (text.startsWith('\r\n', at - 2) ? 2 : 1))
  }
  return at
}

/** Where the lines of a list end: at the next field of the policy, or at the end of the document. */
function listEnd(text: string, root: YamlNode, list: ListName): number {
  const start = pairOf(root, list)?.keyStart ?? 0
  const next = root.kind === 'mapping' && root.pairs.find(({ keyStart }) => keyStart > start)
  return next ? lineStart(text, next.keyStart) : documentEnd(text, root)
}

/** The offset of the line that ends the document (`---` or `...`), or the text's length. */
function documentEnd(text: string, root: YamlNode): number {
  const from = Math.max(0, root.start)
  const marker = /^(?:---|\.\.\.)(?:\s|$)/m.exec(text.slice(from))
  return marker ? from + marker.index : text.length
}

/** A field's text without its empty value (`[]`, `~`, `null` or nothing), and the start of the line after it. */
function withoutEmptyValue(text: string, { keyStart, value }: YamlPair): [text: string, at: number] {
  if (value.start < 0) return [text, nextLine(text, keyStart)]
  const end = value.kind === 'scalar' ? value.end : text.indexOf(']', value.start) + 1
  const rest = text.slice(0, value.start).trimEnd() + text.slice(end)
  return [rest, nextLine(rest, keyStart)]
}

function pairOf(root: YamlNode, list: ListName): YamlPair | undefined {
  if (root.kind !== 'mapping' || root.isFlow) throw styleError(list)
  return root.pairs.find(({ key }) => key === list)
}

function sequenceOf(root: YamlNode, list: ListName): YamlSequence {
  const value = pairOf(root, list)?.value
  if (value?.kind !== 'sequence' || value.isFlow) throw styleError(list)
  return value
}

function styleError(list: ListName): PolicyError {
  return new PolicyError(
    'POLICY_STYLE',
    `"${list}" is not written in lines that begin with "- ", so it cannot be edited here; write it so, or edit it by hand`,
  )
}
