import type { ObjectKind } from './skipped.ts'
import type { Store } from './store.ts'

/** Where a live agent's objects come from: the watches on one cluster. */
export type Source = {
  /** Resolves when every kind of object was listed once. */
  readonly synced: Promise<void>
  /** Resolves when the source has ended; rejects with a fault of ours, never with the API's. */
  readonly done: Promise<void>
  /** What is known of the cluster. */
  readonly store: Store
  /**
   * When the store was last known to be what the cluster says, by the agent's clock: the oldest proof of life
   * over all watches. Unix ms.
   */
  asOfMs(): number
  /** When the last complete list of a kind began, the oldest where it is listed in parts. Unix ms; 0 before. */
  listedMs(kind: ObjectKind): number
  /** Lists a kind anew as soon as possible; listeners of changes are told when that is done. */
  relist(kind: ObjectKind): void
  /** Calls `listener` after every change that DNS could notice. */
  onChange(listener: () => void): void
}
