import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A namespace that exists: it answers NODATA even without a Service, so it is data of its own. */
export type NamespaceEntry = { readonly name: string }

/** A Namespace → its entry. Never throws. */
export function reduceNamespace(object: unknown): Reduced<NamespaceEntry> {
  const { key, name, problem } = identify('Namespace', object)
  return reduced('Namespace', key, problem ? { reasons: [problem] } : { entry: { name } })
}
