import { chargeFor, type Meter, paidPlanDollars, prices } from './prices.ts'
import type { Simulation } from './simulation.ts'

const dayMs = 86_400_000

/** The days of a month in prices. */
export const daysPerMonth = 30

/** While an isolate gets queries, it reads the root again this often (ms). */
const refreshMs = 30_000

/** A refresh reads the root and at most one changed shard; so does the first query of an isolate. */
const readsPerRefresh = 2

/**
 * Rows that the register writes. The state of a blob changes six times (pending, written, used, unused, being deleted,
 * deleted), and each change writes a row and its index. A root is inserted and marked as stored; the nonce of a request
 * is inserted and deleted.
 */
export const rows = { blob: 12, root: 2, request: 2 }

/** The load of the edge: queries in a day, and the isolates that answer them all day. */
export type QueryLoad = { readonly queriesPerDay: number; readonly isolates: number }

/** A day at one interval. */
export type Day = {
  readonly intervalMs: number
  /** Roots with new content, and roots without (heartbeats). */
  readonly publishes: number
  readonly heartbeats: number
  /** kvStored is in bytes, everything else in operations a day. */
  readonly use: Readonly<Record<Meter, number>>
}

/** A simulation of `watchedMs` → a whole day at that rate, without the first snapshot. */
export function dayOf(
  { intervalMs, beganMs = 0, schedule, first, later, unused }: Simulation,
  watchedMs: number,
  heartbeatMs: number,
  { queriesPerDay, isolates }: QueryLoad,
): Day {
  // A change that waited at the end was published at the end of its interval, which may be after the watch.
  const perDay = dayMs / Math.max(1, watchedMs, (schedule.lastMs ?? 0) - beganMs)
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
 * The number of heartbeats in a day. One is due after `heartbeatMs` without a publish. If publishes happen at random, r
 * in that time on average, there are r/(e^r - 1) heartbeats: one without publishes, hardly any with many.
 */
export function heartbeatsPerDay(publishesPerDay: number, heartbeatMs: number): number {
  const most = dayMs / heartbeatMs
  const rate = publishesPerDay / most
  return rate === 0 ? most : (most * rate) / Math.expm1(rate)
}

/** The meters that exceed the free plan. */
export function aboveFree({ use }: Day): Meter[] {
  return metersOf(use).filter((meter) => use[meter] > prices[meter].free)
}

/** The price of thirty such days on the paid plan, including its base price (US dollars). */
export function paidDollars({ use }: Day): number {
  return metersOf(use).reduce((sum, meter) => {
    const month = meter === 'kvStored' ? use[meter] : use[meter] * daysPerMonth
    return sum + chargeFor(prices[meter], month)
  }, paidPlanDollars)
}

function metersOf(use: Day['use']): Meter[] {
  return Object.keys(use) as Meter[]
}
