import { declaredBlobsPerRequest } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { BlobEntries, BlobState } from './ledger.ts'

/**
 * How long a blob is kept after the last root that used it was replaced (ms), where the register is not told otherwise:
 * readers may lag that far.
 */
export const keepUnusedMs = 24 * 60 * 60_000

/**
 * How long after its start a deletion that did not finish may be repeated, or its blob be written again (ms). Until
 * then the deletion may still be under way, and would delete a blob written after it.
 */
export const retryDeletionMs = 60_000

/**
 * The maximum number of puts and deletions in one call: Cloudflare's free plan allows 50 subrequests for an invocation.
 * Half of them are for incoming blobs, so a call can delete as many blobs as it writes and garbage cannot accumulate.
 */
export const maxStoreOperations = 2 * declaredBlobsPerRequest

/** The blobs named by a root that are not known to be in the store. */
export function absentBlobs(entries: BlobEntries, named: readonly BlobHash[]): BlobHash[] {
  return named.filter((hash) => {
    const state = entries.get(hash)?.state
    return state !== 'written' && state !== 'used'
  })
}

/**
 * True if a deletion of the blob may be under way. If the clock was set back, the deletion's start can be in the future:
 * it counts too, within retryDeletionMs.
 */
export function isBusy(entries: BlobEntries, hash: BlobHash, nowMs: number): boolean {
  const entry = entries.get(hash)
  return entry?.state === 'leaving' && Math.abs(nowMs - entry.sinceMs) <= retryDeletionMs
}

/** The states in which a blob can be garbage. */
export const unusedStates = ['leaving', 'written', 'pending'] as const satisfies readonly BlobState[]

/** How long a blob stays in a state before it is garbage (ms). */
export function lifeMs(state: BlobState, keepMs: number): number {
  return state === 'leaving' ? retryDeletionMs : keepMs
}

/**
 * The blobs to delete, at most `most`: blobs that no root used for `keepMs`, uploads that no root named in that time,
 * and blobs whose earlier deletion did not finish. The longest overdue come first, so that blobs that cannot be deleted
 * do not delay the others forever.
 */
export function garbage(
  entries: BlobEntries,
  nowMs: number,
  most: number,
  keepMs: number = keepUnusedMs,
): BlobHash[] {
  return [...entries]
    .map(([hash, { state, sinceMs }]) => ({ hash, state, dueMs: sinceMs + lifeMs(state, keepMs) }))
    .filter(({ state, dueMs }) => state !== 'used' && nowMs > dueMs)
    .toSorted((a, b) => a.dueMs - b.dueMs)
    .slice(0, most)
    .map(({ hash }) => hash)
}
