import { type Meter, paidPlanDollars, prices } from './prices.ts'
import type { Rehearsal } from './simulation.ts'

const dayMs = 86_400_000
const daysPerMonth = 30

/** An isolate reads the root again this often while it is asked. */
const refreshMs = 30_000

/** A refresh reads the root and, at worst, one shard that changed; so does the first query of an isolate. */
const readsPerRefresh = 2

/**
 * Rows that the register writes. A blob is pending, written, used, written again when it is not used any more,
 * leaving, and dropped: six times a row and its index. A root is set and marked stored; a request's nonce comes and goes.
 */
const rows = { blob: 12, root: 2, request: 2 }

/** What reads the edge: queries in a day, and isolates that answer them all day long. */
export type Asking = { readonly queriesPerDay: number; readonly isolates: number }

/** A day at one interval. */
export type Day = {
  readonly intervalMs: number
  /** Roots with new content, and roots that only say that the data still holds. */
  readonly publishes: number
  readonly heartbeats: number
  /** kvStored is in bytes, everything else in operations a day. */
  readonly use: Readonly<Record<Meter, number>>
}

/** A rehearsal of `watchedMs` → a whole day at that rate. The first snapshot is not in it. */
export function dayOf(
  { intervalMs, beganMs = 0, pace, first, later, unused }: Rehearsal,
  watchedMs: number,
  heartbeatMs: number,
  { queriesPerDay, isolates }: Asking,
): Day {
  // What waited for its interval at the end was published at the interval's end, which may lie behind the watch.
  const perDay = dayMs / Math.max(1, watchedMs, (pace.lastMs ?? 0) - beganMs)
  const publishes = later.publishes * perDay
  const heartbeats = heartbeatsPerDay(publishes, heartbeatMs)
  const blobs = later.blobs * perDay
  const deletes = unused.size * perDay
  const requests = later.requests * perDay + heartbeats
  const blobBytes = later.blobs === 0 ? 0 : later.bytes / later.blobs
  const refreshes = Math.min(queriesPerDay, isolates * (dayMs / refreshMs))
  return {
    intervalMs,
    publishes,
    heartbeats,
    use: {
      kvReads: readsPerRefresh * refreshes,
      kvWrites: blobs + publishes + heartbeats,
      kvDeletes: deletes,
      kvStored: first.bytes + deletes * blobBytes,
      workerRequests: queriesPerDay + requests,
      objectRequests: requests,
      objectRowsWritten: rows.blob * blobs + rows.root * (publishes + heartbeats) + rows.request * requests,
    },
  }
}

/**
 * Heartbeats come after `heartbeatMs` without a publish. Where publishes come at random, r of them in that time
 * on average, r/(e^r - 1) heartbeats do: one where nothing is published, hardly any where much is.
 */
export function heartbeatsPerDay(publishesPerDay: number, heartbeatMs: number): number {
  const most = dayMs / heartbeatMs
  const rate = publishesPerDay / most
  return rate === 0 ? most : (most * rate) / Math.expm1(rate)
}

/** What of a day is more than the free plan allows. */
export function aboveFree({ use }: Day): Meter[] {
  return metersOf(use).filter((meter) => use[meter] > prices[meter].free)
}

/** US dollars for thirty such days on the paid plan, its base price included. */
export function paidDollars({ use }: Day): number {
  return metersOf(use).reduce((sum, meter) => {
    const { included, dollars, per } = prices[meter]
    const month = meter === 'kvStored' ? use[meter] : use[meter] * daysPerMonth
    return sum + (Math.max(0, month - included) / per) * dollars
  }, paidPlanDollars)
}

function metersOf(use: Day['use']): Meter[] {
  return Object.keys(use) as Meter[]
}
