import type { Objects } from './objects.ts'
import type { AgentOptions } from './options.ts'
import { type ReduceOptions, reduceObject } from './reduce.ts'
import { resourcesFor } from './resource.ts'
import { createStore, type Entries } from './store.ts'

/**
 * The objects of a file → entries, as a store would hold them that had listed them.
 */
export function staticEntries(
  objects: Objects,
  options: ReduceOptions & Pick<AgentOptions, 'pods'>,
): Entries {
  const store = createStore()
  for (const { kind } of resourcesFor(options.pods)) {
    store.replace(
      kind,
      objects[kind].map((object) => reduceObject(kind, object, options)),
    )
  }
  return store.entries()
}
