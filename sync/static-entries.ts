import type { Objects } from './objects.ts'
import { reduceObject } from './reduce.ts'
import { createStore, type Entries } from './store.ts'

/**
 * The objects of a file → entries, as a store would hold them that had listed them. `domain` is the cluster's
 * native domain, folded, without final dot.
 */
export function staticEntries(objects: Objects, domain: string): Entries {
  const store = createStore()
  for (const kind of ['Namespace', 'Service', 'EndpointSlice'] as const) {
    store.replace(
      kind,
      objects[kind].map((object) => reduceObject(kind, object, domain)),
    )
  }
  return store.entries()
}
