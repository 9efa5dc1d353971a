import { dayMs } from './limits.ts'

/*
 * The write budget is a token bucket, stored as one time: when the bucket is full again (`paidUntilMs`). Each written key
 * moves that time ahead by `writeMs`, and the bucket refills as time passes. A full bucket is the burst: the number of
 * keys that are refilled in a day.
 */

/** The write budget: when the bucket is full again (Unix ms), and the time that refills one key (ms). */
export type Budget = { readonly paidUntilMs: number; readonly writeMs: number }

/** The number of keys that may be written now. */
export type KeyQuota = {
  /** For all shards together, the root included. */
  readonly total: number
  /** For priority shards, the root included; the rest is reserved for deferred shards. */
  readonly priority: number
  /**
   * For deferred shards: `share` in any case, or the part of `burst` that priority shards do not need, whichever is
   * more. Undefined when deferred shards are not due.
   */
  readonly deferred: { readonly share: number; readonly burst: number } | undefined
  /** The deferred shard that was written last; the one after it is next. */
  readonly after: string
}

/** The quota where writes are not limited: nothing is deferred. */
export const unlimitedQuota: KeyQuota = {
  total: Number.POSITIVE_INFINITY,
  priority: Number.POSITIVE_INFINITY,
  deferred: { share: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY },
  after: '',
}

/** The kinds of roots that are published. */
export type RootKind = 'first' | 'content' | 'heartbeat' | 'repair'

/** The keys that a root with new blobs takes from the budget: none for a heartbeat, which has a share set aside. */
export function chargedKeys(kind: RootKind, blobs: number): number {
  return kind === 'heartbeat' ? 0 : blobs + 1
}

/** The `paidUntilMs` (Unix ms) after `keys` were written at `nowMs`. */
export function charge({ paidUntilMs, writeMs }: Budget, keys: number, nowMs: number): number {
  return Math.max(paidUntilMs, nowMs) + keys * writeMs
}

/**
 * The keys that can be written at `nowMs` in one burst before content has to wait for the refill; Infinity where
 * writes are not limited, never below 0.
 */
export function remainingKeys({ paidUntilMs, writeMs }: Budget, nowMs: number): number {
  if (writeMs === 0) return Number.POSITIVE_INFINITY
  const usedMs = Math.max(0, paidUntilMs - nowMs)
  return Math.max(0, Math.floor((dayMs - usedMs) / writeMs))
}
