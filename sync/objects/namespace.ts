import { fieldOf } from './fields.ts'
import { type LabelSelector, selects } from './label-selector.ts'
import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A namespace that exists: it answers NODATA even without a Service, so it is data of its own. */
export type NamespaceEntry = {
  readonly name: string
  /** Do its labels say that it is to be published? */
  readonly isSelected: boolean
}

/** A Namespace → its entry; without requirements the selector takes every one. Never throws. */
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
