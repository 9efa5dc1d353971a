import { identify } from '../objects/object-key.ts'
import { type EntryOf, type ReduceOptions, reduceObject } from '../objects/reduce.ts'
import type { ObjectKind, Reduced } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'
import type { Sink } from './reflector.ts'

/** The place of a kind's objects in a store, those of one namespace where a list is of that alone, for a reflector to fill. */
export function sinkFor<K extends ObjectKind>(
  kind: K,
  store: Store,
  options: ReduceOptions,
  namespace?: string,
): Sink<Reduced<EntryOf[K]>> {
  return {
    reduce: (object) => reduceObject(kind, object, options),
    replace: (items) => store.replace(kind, items, namespace),
    upsert: (item) => store.upsert(kind, item),
    remove: (object) => store.remove(kind, identify(kind, object).key),
  }
}
