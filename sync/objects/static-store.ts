import type { AgentOptions } from '../options.ts'
import type { Objects } from './file.ts'
import { kindsFor } from './kinds.ts'
import { type ReduceOptions, reduceObject } from './reduce.ts'
import { createStore, type Store } from './store.ts'

/** The objects of a file → a store as if it had listed them. */
export function staticStore(objects: Objects, options: ReduceOptions & Pick<AgentOptions, 'pods'>): Store {
  const store = createStore()
  for (const kind of kindsFor(options.pods)) {
    store.replace(
      kind,
      objects[kind].map((object) => reduceObject(kind, object, options)),
    )
  }
  return store
}
