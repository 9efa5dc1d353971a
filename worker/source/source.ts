import type { ShardName } from '../../snapshot/bucket.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Tasks } from '../ports.ts'

/** How old the last look at a cluster's root may be (ms). */
export type Pace = {
  /** Above this age the root is read again, after the answers. */
  readonly refreshMs: number
  /** Above this age a query waits for that read. */
  readonly idleMs: number
  /** The longest wait of a query for that read (ms). */
  readonly waitMs: number
}

/**
 * Why a root is read. 'due': the last look is too old. 'changed': a change was reported, so that a copy which others share may be
 * older. 'damaged': the value of the root in force has wrong buckets, so it must be read again.
 */
export type Look = 'due' | 'changed' | 'damaged'

/** A bucket of a root: its index, its hash in that root, and the shard in it that is looked for. */
export type BucketPlace = { readonly index: number; readonly hash: BlobHash } & ShardName

/** The source of roots and blobs. What it gives is not trusted: readers check signatures and hashes. */
export type Source = {
  /**
   * The value of the newest root that is known here, whole or the JWS alone (root-value.ts); null if there is none. Rejects if it
   * cannot be read.
   */
  root(cluster: string, tasks: Tasks, look: Look): Promise<string | null>
  /**
   * A blob's text; null if it is not there. `attempt` 1 is for a blob that was absent or wrong at the first one. Rejects if it
   * cannot be read.
   */
  blob(cluster: string, hash: BlobHash, attempt: 0 | 1, tasks: Tasks): Promise<string | null>
  /**
   * The text of a bucket of a root whose value came without its buckets; null if it is not there. `attempt` as for blobs.
   * Rejects if it cannot be read.
   */
  bucket(cluster: string, place: BucketPlace, attempt: 0 | 1, tasks: Tasks): Promise<string | null>
  pace(cluster: string, nowMs: number): Pace
  /**
   * When the root that is held here was last known to be the newest (Unix ms). Infinity if this source has no fallback: then the
   * age of the data alone decides.
   */
  confirmedAtMs(cluster: string): number
}
