import { identify } from '../objects/object-key.ts'
import { type EntryOf, type ReduceOptions, reduceObject } from '../objects/reduce.ts'
import type { ObjectKind, Reduced } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'
import type { Sink } from './reflector.ts'

/** The sink that stores a kind's objects; with `namespace` a list replaces the objects of that namespace only. */
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
