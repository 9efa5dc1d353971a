import { declaredBlobsPerRequest } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { BlobEntries, BlobEntry } from './ledger.ts'

/** How long a blob stays after the last root that used it was replaced, in ms: readers may lag that far. */
export const keepUnusedMs = 24 * 60 * 60_000

/**
 * A deletion that failed, or was cut off, is taken up again, or the blob put again, after this long, in ms: until
 * then it may still be on its way, and would take away what was written after it.
 */
const retryDeletionMs = 60_000

/**
 * Puts and deletions of one call, at most: Cloudflare's free plan allows an invocation 50 subrequests. Half of them
 * are for blobs that come in, so that a call can delete as many as it takes, and garbage never outgrows the writes.
 */
export const maxStoreOperations = 2 * declaredBlobsPerRequest

/** Blobs that a root names and the store does not hold for sure. */
export function absentBlobs(known: BlobEntries, named: readonly BlobHash[]): BlobHash[] {
  return named.filter((hash) => {
    const state = known.get(hash)?.state
    return state !== 'written' && state !== 'used'
  })
}

/**
 * Is a blob being deleted at this moment, as far as anybody knows? A deletion that is dated ahead was begun before the
 * clock was set back.
 */
export function isBusy(known: BlobEntries, hash: BlobHash, nowMs: number): boolean {
  const held = known.get(hash)
  return held?.state === 'leaving' && Math.abs(nowMs - held.sinceMs) <= retryDeletionMs
}

/**
 * Garbage: blobs that no root of the last 24 hours used, uploads that no root named in that time, and deletions that
 * were begun before and have not been finished; what is due longest first, so that none waits for ever behind
 * others that fail. At most `most`.
 */
export function garbage(known: BlobEntries, nowMs: number, most: number): BlobHash[] {
  const dueMs = ({ state, sinceMs }: BlobEntry): number =>
    sinceMs + (state === 'leaving' ? retryDeletionMs : keepUnusedMs)
  return [...known]
    .filter(([, held]) => held.state !== 'used' && nowMs > dueMs(held))
    .toSorted(([, a], [, b]) => dueMs(a) - dueMs(b))
    .slice(0, most)
    .map(([hash]) => hash)
}
