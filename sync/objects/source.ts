import type { ObjectKind } from './skipped.ts'
import type { Store } from './store.ts'

/** The source of a live agent's objects: the watches on one cluster, or objects of files. */
export type Source = {
  /** The objects come from files and do not age. */
  readonly isStatic?: true
  /** Resolves when every kind of object has been listed once. */
  readonly synced: Promise<void>
  /** Resolves when the source has ended. Rejects with a fault of this program, never with an error of the API. */
  readonly done: Promise<void>
  /** The objects of the cluster as known now. */
  readonly store: Store
  /**
   * When the store was last known to equal the cluster's state: the oldest proof of life over all watches. Unix ms
   * of the agent's clock.
   */
  asOfMs(): number
  /** When the last complete list of a kind began (Unix ms), the oldest if it is listed in parts; 0 before that. */
  listedMs(kind: ObjectKind): number
  /** Lists a kind again as soon as possible, and calls the listeners of changes when the list is complete. */
  relist(kind: ObjectKind): void
  /** Calls `listener` after every change that can affect an answer. */
  onChange(listener: () => void): void
}
