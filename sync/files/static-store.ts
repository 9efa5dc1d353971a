import { kindsFor } from '../objects/kinds.ts'
import { type ReduceOptions, reduceObject } from '../objects/reduce.ts'
import { createStore, type Store } from '../objects/store.ts'
import type { AgentOptions } from '../options.ts'
import type { ObjectsByKind } from './parse-objects.ts'

/** The objects of files → a store that contains them, as if a cluster had listed them. */
export function staticStore(
  objects: ObjectsByKind,
  options: ReduceOptions & Pick<AgentOptions, 'pods'>,
): Store {
  const store = createStore()
  for (const kind of kindsFor(options.pods)) {
    store.replace(
      kind,
      objects[kind].map((object) => reduceObject(kind, object, options)),
    )
  }
  return store
}
