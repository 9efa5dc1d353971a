import type { YamlNode } from './read-document.ts'

/** The way from a document's root to a value: field names, and positions in lists. */
export type FieldPath = readonly (string | number)[]

/** A path as text, such as `tokens[3].namespaces[0]`. */
export function pathText(path: FieldPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('')
}

/**
 * The offset at which a field is written: of its key, or of the item in a list. For a missing field, the offset of the
 * value that would contain it.
 */
export function locate(root: YamlNode, path: FieldPath): number {
  let node = root
  let offset = Math.max(0, root.start)
  for (const step of path) {
    if (node.kind === 'mapping') {
      const pair = node.pairs.find(({ key }) => key === step)
      if (!pair) return offset
      offset = pair.keyStart
      node = pair.value
    } else if (node.kind === 'sequence' && typeof step === 'number') {
      const item = node.items[step]
      if (!item) return offset
      if (item.start >= 0) offset = item.start
      node = item
    } else return offset
  }
  return offset
}
