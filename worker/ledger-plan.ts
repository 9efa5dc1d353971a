import type { BlobHash } from '../snapshot/schema.ts'
import type { BlobState, Known } from './ledger.ts'

/** How long a blob stays after the last root that used it was replaced, in ms: readers may lag that far. */
export const keepUnusedMs = 24 * 60 * 60_000

/**
 * A deletion that failed, or was cut off, is taken up again after this long, in ms: until then the first one may
 * still be on its way, and would take away what was written after it.
 */
const retryDeletionMs = 60_000

/** Blobs deleted in one sweep, at most: each deletion is a subrequest. */
export const maxSwept = 20

/** Blobs that a root names and the store does not hold for sure. */
export function absentBlobs(known: Known, named: readonly BlobHash[]): BlobHash[] {
  return named.filter((hash) => {
    const state = known.get(hash)?.state
    return state !== 'written' && state !== 'used'
  })
}

/**
 * What changes when a root comes into force, where `known` are the blobs named and those used before: blobs that it uses from now on, and those that
 * nothing uses any more.
 */
export function handOver(known: Known, named: readonly BlobHash[]): { used: BlobHash[]; unused: BlobHash[] } {
  const names = new Set(named)
  const unused = [...known].filter(([hash, { state }]) => state === 'used' && !names.has(hash))
  return {
    used: named.filter((hash) => known.get(hash)?.state !== 'used'),
    unused: unused.map(([hash]) => hash),
  }
}

/**
 * Garbage: deletions that were begun before and have not been finished, then blobs that no root of the last 24
 * hours used and uploads never finished in that time, the oldest first. At most 20.
 */
export function garbage(known: Known, nowMs: number): BlobHash[] {
  return [...known]
    .filter(([, { state, sinceMs }]) => state !== 'used' && nowMs - sinceMs > waitingMs(state))
    .toSorted(([, a], [, b]) => waitingMs(a.state) - waitingMs(b.state) || a.sinceMs - b.sinceMs)
    .slice(0, maxSwept)
    .map(([hash]) => hash)
}

function waitingMs(state: BlobState): number {
  return state === 'leaving' ? retryDeletionMs : keepUnusedMs
}
