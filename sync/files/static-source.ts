import type { Source } from '../objects/source.ts'
import type { Store } from '../objects/store.ts'

/** The objects of files as a source that never changes, for an agent whose access policy may change. */
export function staticSource(store: Store): Source {
  return {
    isStatic: true,
    synced: Promise.resolve(),
    done: Promise.resolve(),
    store,
    asOfMs: () => 0,
    listedMs: () => 0,
    relist: () => {},
    onChange: () => {},
  }
}
