import { fieldOf } from './fields.ts'
import { type LabelSelector, selects } from './label-selector.ts'
import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A namespace that exists. Its name answers NODATA even when it has no Service. */
export type NamespaceEntry = {
  readonly name: string
  /** Whether the selector of namespaces to publish selects its labels. */
  readonly isSelected: boolean
  /** Its labels by key, if an access policy may select namespaces by them. */
  readonly labels?: readonly (readonly [key: string, value: string])[]
}

/**
 * A Namespace → its entry. A selector without requirements selects every namespace. `keepLabels`: whether the entry has
 * the labels. Never throws.
 */
export function reduceNamespace(
  object: unknown,
  selector: LabelSelector,
  keepLabels: boolean,
): Reduced<NamespaceEntry> {
  const { key, name, problem } = identify('Namespace', object)
  if (problem) return reduced('Namespace', key, { reasons: [problem] })
  const labels = labelsOf(object)
  const isSelected = selects(selector, labels)
  if (!keepLabels) return reduced('Namespace', key, { entry: { name, isSelected } })
  const ordered = [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return reduced('Namespace', key, { entry: { name, isSelected, labels: ordered } })
}

function labelsOf(object: unknown): ReadonlyMap<string, string> {
  const labels = fieldOf(object, 'metadata', 'labels')
  const entries = typeof labels === 'object' && labels !== null ? Object.entries(labels) : []
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
