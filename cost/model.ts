import { kvPace } from '../worker/source/kv-source.ts'
import { lookEveryMs } from '../worker/source/shared-reads.ts'
import { chargeFor, type Meter, paidPlanDollars, prices } from './prices.ts'
import type { Simulation } from './simulation.ts'

/** A day (ms). */
export const dayMs = 86_400_000

/** The days of a month in prices. */
export const daysPerMonth = 30

/** A refresh reads the root and at most one changed shard; so does the first query of an isolate. */
const readsPerRefresh = 2

/**
 * Rows that a register writes. The state of a blob changes six times (pending, written, used, unused, being deleted,
 * deleted), and each change writes a row and its index. A bucket is inserted and deleted, both with an index. A root is inserted and
 * marked as stored; the nonce of a request is inserted and deleted. A register that serves also inserts and deletes the
 * text of a blob, sets an alarm after a publish, and notes each step of a checkpoint.
 */
export const rows = { blob: 12, bucket: 4, root: 2, request: 2, text: 2, alarm: 1, step: 1 }

/**
 * Rows that a register reads: for each row that it writes; for a checkpoint, and then for each blob of the cluster; and for a look of
 * an isolate, which asks for at most one shard. Upper bounds of what workerd counts (test/workerd/rows.test.ts).
 */
export const rowsRead = { written: 1.5, checkpoint: 200, blob: 0.1, look: 1 }

/** The memory that is billed for an object, and the longest that it is billed for after a request (ms): it may sleep then. */
const object = { gigabytes: 0.128, awakeMs: 10_000 }

/** The load of the edge: queries in a day, and the isolates that answer them all day. */
export type QueryLoad = { readonly queriesPerDay: number; readonly isolates: number }

/** The time of a watch, and the interval of heartbeats (ms). */
export type WatchTimes = { readonly watchedMs: number; readonly heartbeatMs: number }

/** A day at one interval. */
export type Day = {
  /** Whether the register serves (KUBEDOH_REGISTER_SERVES), or isolates read KV alone. */
  readonly edge: 'register' | 'kv'
  readonly intervalMs: number
  /** Roots with new content, and roots without (heartbeats). */
  readonly publishes: number
  readonly heartbeats: number
  /** Copies of the root to KV by a register that serves, at one a minute at most; 0 without one. */
  readonly checkpoints: number
  /** kvStored is in bytes, everything else in operations a day. */
  readonly use: Readonly<Record<Meter, number>>
}

/** A simulation of `watchedMs` → a whole day at that rate, without the first snapshot, where isolates read KV alone. */
export function dayOfKv(simulation: Simulation, times: WatchTimes, load: QueryLoad): Day {
  const writes = writesPerDay(simulation, times)
  return {
    edge: 'kv',
    intervalMs: simulation.intervalMs,
    publishes: writes.publishes,
    heartbeats: writes.heartbeats,
    checkpoints: 0,
    use: {
      kvReads: readsPerRefresh * looksPerDay(load, kvPace.refreshMs),
      ...keysOf(writes, simulation.first.bytes),
      workerRequests: load.queriesPerDay + writes.requests,
      ...objectUse(writes.requests, publishRows(writes), 0),
    },
  }
}

/**
 * The same where the register serves. `checkpoints` is a simulation at the interval of checkpoints, or the same one if its
 * interval is longer.
 */
export function dayOfRegister(
  simulation: Simulation,
  checkpoints: Simulation,
  times: WatchTimes,
  load: QueryLoad,
): Day {
  const writes = writesPerDay(simulation, times)
  // Each heartbeat is copied too.
  const copies = writesPerDay(checkpoints, times, writes.heartbeats)
  // As without a custom domain. With one, a location asks once a second for all of its isolates.
  const polls = looksPerDay(load, lookEveryMs.alone)
  return {
    edge: 'register',
    intervalMs: simulation.intervalMs,
    publishes: writes.publishes,
    heartbeats: writes.heartbeats,
    checkpoints: copies.publishes + copies.heartbeats,
    use: {
      // A shard that has not changed for two minutes; the root and young shards come from the register.
      kvReads: looksPerDay(load, kvPace.refreshMs),
      ...keysOf(copies, checkpoints.first.bytes),
      workerRequests: load.queriesPerDay + writes.requests,
      ...objectUse(
        writes.requests + polls + copies.requests,
        servedRows(writes, copies),
        rowsRead.look * polls +
          copies.publishes * (rowsRead.checkpoint + rowsRead.blob * simulation.first.blobs),
      ),
    },
  }
}

/** The use of a cluster's object. `otherReads` are rows that it does not read in order to write. */
function objectUse(
  requests: number,
  written: number,
  otherReads: number,
): Pick<Day['use'], 'objectRequests' | 'objectRowsWritten' | 'objectRowsRead' | 'objectGigabyteSeconds'> {
  return {
    objectRequests: requests,
    objectRowsWritten: written,
    objectRowsRead: rowsRead.written * written + otherReads,
    objectGigabyteSeconds: (object.gigabytes * Math.min(dayMs, requests * object.awakeMs)) / 1000,
  }
}

/** The looks in a day of isolates that look again after `everyMs` while they get queries, and at most once for a query. */
function looksPerDay({ queriesPerDay, isolates }: QueryLoad, everyMs: number): number {
  return Math.min(queriesPerDay, isolates * (dayMs / everyMs))
}

type DayWrites = {
  readonly publishes: number
  readonly heartbeats: number
  readonly blobs: number
  readonly deletes: number
  readonly requests: number
  readonly blobBytes: number
}

function writesPerDay(
  { beganMs = 0, schedule, later, unused }: Simulation,
  { watchedMs, heartbeatMs }: WatchTimes,
  knownHeartbeats?: number,
): DayWrites {
  // A change that waited at the end was published at the end of its interval, which may be after the watch.
  const perDay = dayMs / Math.max(1, watchedMs, (schedule.lastMs ?? 0) - beganMs)
  const publishes = later.publishes * perDay
  const heartbeats = knownHeartbeats ?? heartbeatsPerDay(publishes, heartbeatMs)
  return {
    publishes,
    heartbeats,
    blobs: later.blobs * perDay,
    deletes: unused.size * perDay,
    requests: later.requests * perDay + heartbeats,
    blobBytes: later.blobs === 0 ? 0 : later.bytes / later.blobs,
  }
}

function keysOf(
  { publishes, heartbeats, blobs, deletes, blobBytes }: DayWrites,
  firstBytes: number,
): Pick<Day['use'], 'kvWrites' | 'kvDeletes' | 'kvStored'> {
  return {
    kvWrites: blobs + publishes + heartbeats,
    kvDeletes: deletes,
    kvStored: firstBytes + deletes * blobBytes,
  }
}

/** What counts for the rows of a register: roots with new content and without, blobs, and requests. */
export type LedgerWrites = Pick<DayWrites, 'publishes' | 'heartbeats' | 'blobs' | 'requests'>

/** The rows of a register that serves: of what agents publish, and of the copies in KV, one request for each step. */
export function servedRows(writes: LedgerWrites, copies: LedgerWrites): number {
  const alarms = writes.publishes + writes.heartbeats + copies.requests
  const own = rows.text * writes.blobs + rows.alarm * alarms + rows.step * copies.requests
  return publishRows(writes) + publishRows(copies) + own
}

/** The rows of a ledger. A changed blob changes one bucket, and several may be in the same: this is an upper bound. */
function publishRows({ publishes, heartbeats, blobs, requests }: LedgerWrites): number {
  return (rows.blob + rows.bucket) * blobs + rows.root * (publishes + heartbeats) + rows.request * requests
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

/**
 * The meters that exceed the free plan. Keys of checkpoints are not among them: a register that serves makes fewer checkpoints
 * where a minute is too often (freeCheckpointMs).
 */
export function aboveFree({ edge, use }: Day): Meter[] {
  const meters = edge === 'kv' ? metersOf(use) : metersOf(use).filter((meter) => !ofCheckpoints.has(meter))
  return meters.filter((meter) => use[meter] > prices[meter].free)
}

const ofCheckpoints: ReadonlySet<Meter> = new Set<Meter>(['kvWrites', 'kvDeletes'])

/**
 * The mean time between two checkpoints on the free plan (ms), if each has as many keys as at one a minute; undefined without
 * checkpoints.
 */
export function freeCheckpointMs({ checkpoints, use }: Day): number | undefined {
  if (checkpoints === 0) return undefined
  const keys = Math.max(use.kvWrites / prices.kvWrites.free, use.kvDeletes / prices.kvDeletes.free, 1)
  return (dayMs / checkpoints) * keys
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
