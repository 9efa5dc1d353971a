import type { Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { IncomingBlob, IncomingRoot } from './register.ts'

/**
 * The states of a blob in the ledger. An entry also has the time at which its state began (`sinceMs`).
 *   written: its bytes are in the store, and no stored root uses it;
 *   pending: its bytes are being written to the store;
 *   used:    the root in force names it, or the previous root does and may still be the one in the store;
 *   leaving: it is being deleted from the store.
 */
export type BlobState = 'pending' | 'written' | 'used' | 'leaving'

/** A blob's state, and since when it has been in that state (Unix ms). */
export type BlobEntry = { readonly state: BlobState; readonly sinceMs: number }

/** Entries by hash. A blob without an entry is unknown. */
export type BlobEntries = ReadonlyMap<BlobHash, BlobEntry>

/** The root in force; `stored` is true once the store is known to have it. */
export type LedgerRoot = Pick<IncomingRoot, 'generation' | 'term' | 'kid' | 'jws'> & {
  readonly stored: boolean
}

/**
 * One cluster's records. Each method is one whole step: it takes effect completely or, if it rejects, not at all, also when
 * several processes share the store or one of them dies. No step depends on what the caller read before it. All times are
 * Unix ms by the edge's clock. Every method rejects if the ledger's own storage fails.
 */
export type Ledger = {
  /** Records a nonce until `expiresMs`; false if it was used before. May drop expired nonces. */
  useNonce(nonce: string, nowMs: number, expiresMs: number): Promise<boolean>
  /**
   * Records that these blobs are about to be written to the store: all of them but the used ones are then pending.
   * Resolves to a blob that may still be being deleted, in which case nothing is recorded; otherwise to undefined.
   */
  beginBlobs(hashes: readonly BlobHash[], nowMs: number): Promise<BlobHash | undefined>
  /** Records that the bytes of these blobs are in the store: the pending ones are then written. */
  finishBlobs(hashes: readonly BlobHash[], nowMs: number): Promise<void>
  /** Keeps the texts of buckets for a root that will name them, at least until a root that does not is stored (markStored). */
  keepBuckets(buckets: readonly IncomingBlob[], nowMs: number): Promise<void>
  /**
   * Puts a root in force, and marks its blobs as used. It is not stored yet, unless the ledger is the store that readers read. Resolves to the blobs that are not in the store; if
   * there are any, nothing is recorded. The root in force again changes nothing. A root in force counts for the order only if
   * its key is in `trustedKeyIds`, but its access policy counts always: losing a key must not open an edge. Rejects with
   * SnapshotError ROOT_OLDER, ROOT_CONFLICT or ROOT_POLICY; with BUCKET_MISSING if a bucket of the root is not kept.
   */
  acceptRoot(
    root: IncomingRoot,
    call: { readonly nowMs: number; readonly trustedKeyIds: readonly string[] },
  ): Promise<readonly BlobHash[]>
  /** The root in force. */
  root(): Promise<LedgerRoot | undefined>
  /** The blobs that the root in force names; undefined without one, and if this release cannot read it. */
  namedBlobs(): Promise<ReadonlySet<BlobHash> | undefined>
  /**
   * The texts of the buckets of the root in force, '' for an empty one; none for schema 1, or without a root. Rejects with
   * SnapshotError BUCKET_MISSING if the storage lost one.
   */
  bucketTexts(): Promise<readonly string[]>
  /**
   * Records that the store has this root, if it is still in force. The used blobs that it does not name are then written:
   * nothing uses them from now on. Buckets that it does not name are forgotten.
   */
  markStored(root: Pick<LedgerRoot, 'jws'>, nowMs: number): Promise<void>
  /**
   * Chooses at most `most` blobs to delete by the rules of garbage.ts and records them as leaving. Blobs are kept for
   * `keepMs` after their last use.
   */
  chooseGarbage(nowMs: number, most: number, keepMs: number): Promise<readonly BlobHash[]>
  /** Forgets blobs, because they were deleted from the store. */
  dropBlobs(hashes: readonly BlobHash[]): Promise<void>
  /** The last refusal that was recorded. */
  lastRefusal(): Promise<Refusal | null>
  setLastRefusal(refusal: Refusal): Promise<void>
}
