import { fieldOf } from './fields.ts'
import { type LabelSelector, selects } from './label-selector.ts'
import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A namespace that exists. Its name answers NODATA even when it has no Service. */
export type NamespaceEntry = {
  readonly name: string
  /** Does the selector of namespaces to publish select its labels? */
  readonly isSelected: boolean
}

/** A Namespace → its entry. A selector without requirements selects every namespace. Never throws. */
export function reduceNamespace(object: unknown, selector: LabelSelector): Reduced<NamespaceEntry> {
  const { key, name, problem } = identify('Namespace', object)
  if (problem) return reduced('Namespace', key, { reasons: [problem] })
  return reduced('Namespace', key, { entry: { name, isSelected: selects(selector, labelsOf(object)) } })
}

function labelsOf(object: unknown): ReadonlyMap<string, string> {
  const labels = fieldOf(object, 'metadata', 'labels')
  const entries = typeof labels === 'object' && labels !== null ? Object.entries(labels) : []
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
