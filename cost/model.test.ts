import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import type { Sql, SqlValue } from '../worker/ports.ts'
import { blobNamed, callAt, packedOf, rootOf } from '../worker/register/register.case.ts'
import { createServingRegister } from '../worker/register/serving-register.ts'
import { createSqlRegister } from '../worker/register/sql-register.ts'
import {
  aboveFree,
  type Day,
  dayOfKv,
  dayOfRegister,
  freeCheckpointMs,
  heartbeatsPerDay,
  paidDollars,
  rows,
} from './model.ts'
import { type Simulation, startSimulation } from './simulation.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const asking = { queriesPerDay: 10_000, isolates: 20 }

/** A watch in which `publishes` roots with three blobs each were written, and as many blobs fell out of use. */
function busy(publishes: number): Simulation {
  const later = { publishes, blobs: 3 * publishes, requests: 2 * publishes, bytes: 30_000 * publishes }
  const unused = new Set(Array.from({ length: 3 * publishes }, (_, n) => `blob ${n}`))
  return { ...startSimulation(10_000), later, unused }
}

const watched = (watchedMs: number) => ({ watchedMs, heartbeatMs: 5 * minuteMs })

test('a quiet cluster only writes heartbeats and fits the free plan', () => {
  const day = dayOfKv(startSimulation(10_000), watched(10 * minuteMs), asking)
  assert.deepEqual([day.publishes, day.heartbeats, day.use.kvWrites, day.use.kvDeletes], [0, 288, 288, 0])
  assert.deepEqual([day.use.kvReads, day.use.workerRequests], [20_000, 10_288])
  assert.deepEqual(aboveFree(day), [])
  assert.equal(paidDollars(day), 5)
})

test('a busy minute is extrapolated to a day for every meter', () => {
  const { use, publishes } = dayOfKv(busy(6), watched(minuteMs), asking)
  assert.equal(publishes, 8_640)
  const heartbeats = use.kvWrites - 4 * 8_640
  assert.ok(heartbeats < 0.001, `${heartbeats} heartbeats`)
  assert.equal(use.kvDeletes, 3 * 8_640)
  assert.equal(use.kvStored, 3 * 8_640 * 10_000)
  assert.equal(Math.round(use.workerRequests), 10_000 + 2 * 8_640)
})

test('only the meters above the free plan are listed', () => {
  const day = dayOfKv(busy(1), watched(5 * minuteMs), asking)
  assert.deepEqual(aboveFree(day), ['kvWrites'])
  assert.deepEqual(aboveFree(dayOfKv(startSimulation(1), watched(minuteMs), { ...asking, isolates: 40 })), [])
  const many = { queriesPerDay: 1_000_000, isolates: 20 }
  assert.deepEqual(aboveFree(dayOfKv(startSimulation(1), watched(minuteMs), many)), [
    'kvReads',
    'workerRequests',
  ])
})

test('reads: two for each refresh of an isolate, and at most two for a query', () => {
  const reads = (queriesPerDay: number, isolates: number): number =>
    dayOfKv(startSimulation(1), watched(minuteMs), { queriesPerDay, isolates }).use.kvReads
  assert.equal(reads(0, 20), 0)
  assert.equal(reads(100, 20), 200)
  assert.equal(reads(10_000_000, 20), 2 * 20 * 2_880)
})

test('the paid plan charges usage above the included amount', () => {
  const none: Day['use'] = {
    ...{ kvReads: 0, kvWrites: 0, kvDeletes: 0, kvStored: 0 },
    ...{ workerRequests: 0, objectRequests: 0, objectRowsWritten: 0 },
    ...{ objectRowsRead: 0, objectGigabyteSeconds: 0 },
  }
  const idle = { edge: 'kv', intervalMs: 1, publishes: 0, heartbeats: 0, checkpoints: 0 } as const
  const dollars = (use: Partial<Day['use']>): number =>
    Math.round(1e6 * paidDollars({ ...idle, use: { ...none, ...use } })) / 1e6
  assert.equal(dollars({ kvWrites: 1e6 / 30 }), 5)
  assert.equal(dollars({ kvWrites: 1e5 }), 5 + 2 * 5)
  assert.equal(dollars({ kvReads: 1e6 }), 5 + 20 * 0.5)
  assert.equal(dollars({ workerRequests: 1e6 }), 5 + 20 * 0.3)
  assert.equal(dollars({ kvStored: 3e9 }), 5 + 2 * 0.5)
})

test('heartbeats fill the gaps between random publishes', () => {
  assert.equal(heartbeatsPerDay(0, 5 * minuteMs), 288)
  // Random gaps, with one publish in five minutes on average.
  let seed = 1
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  let heartbeats = 0
  for (let n = 0; n < 100_000; n++) heartbeats += Math.floor(-Math.log(random()))
  const drawn = (heartbeats / 100_000) * 288
  assert.ok(Math.abs(heartbeatsPerDay(288, 5 * minuteMs) - drawn) < 3, `${drawn}`)
})

test('a register that serves is asked by isolates, and copies the root to KV once a minute', () => {
  const every = dayOfRegister(busy(30), busy(1), watched(minuteMs), asking)
  assert.deepEqual([every.publishes, Math.round(every.checkpoints)], [43_200, 1_440])
  assert.deepEqual(
    [Math.round(every.use.kvWrites), every.use.kvDeletes, every.use.kvReads],
    [5_760, 4_320, 10_000],
  )
  assert.equal(Math.round(every.use.objectRequests), 2 * 43_200 + 2 * 1_440 + 10_000)
  // Keys do not count: the register makes fewer checkpoints.
  assert.deepEqual(aboveFree(every), ['objectRowsWritten'])
  assert.equal(Math.round(freeCheckpointMs(every) ?? 0), 5.76 * minuteMs)
})

test('on the free plan, isolates and agents of a register that serves leave room', () => {
  const isolates = (queriesPerDay: number) =>
    dayOfRegister(startSimulation(2_000), startSimulation(60_000), watched(minuteMs), {
      queriesPerDay,
      isolates: 1,
    })
  const { use } = isolates(1_000_000)
  assert.equal(use.objectRequests, 43_200 + 2 * 288)
  assert.equal(use.objectRowsRead, 1.5 * use.objectRowsWritten + 43_200)
  // It never sleeps: an object that is asked every 2 s is billed for the whole day.
  assert.equal(Math.round(use.objectGigabyteSeconds), Math.round(0.128 * 86_400))
  assert.deepEqual(aboveFree(isolates(90_000)), [])
  assert.equal(freeCheckpointMs(isolates(0)), 5 * minuteMs)
})

/** A database that counts the rows it writes, with those of its indexes. */
function countingSql(): { readonly sql: Sql; readonly written: () => number } {
  const database = new DatabaseSync(':memory:')
  const countOf = (): number => Number(database.prepare('SELECT total_changes() AS n').get()?.n)
  let indexed = 0
  const sql: Sql = {
    run: (statement, ...values) => {
      const before = countOf()
      const found = database.prepare(statement).all(...(values as SQLInputValue[]))
      // Each row of these tables is written to an index as well.
      if (/blob_v1|bucket_v1/.test(statement)) indexed += countOf() - before
      return found as Record<string, SqlValue>[]
    },
    transaction: (action) => action(),
  }
  return { sql, written: () => countOf() + indexed }
}

const log = { info: () => {}, warn: () => {} }

test('the estimate of rows equals the rows that the register writes over the life of a blob', async () => {
  const { sql, written } = countingSql()
  const kv = { put: () => Promise.resolve(), delete: () => Promise.resolve() }
  const register = createSqlRegister(sql, kv, log)
  const begun = written()
  const blob = blobNamed('a')
  await register.putBlobs(callAt(0), [blob])
  await register.putRoot(callAt(0), await packedOf(rootOf(1, [blob])))
  await register.putRoot(callAt(1_000), await packedOf(rootOf(2, [])))
  await register.putRoot(callAt(2 * dayMs), await packedOf(rootOf(3, [])))
  await register.state(callAt(3 * dayMs))

  const later = { publishes: 3, blobs: 1, requests: 5, bytes: 1 }
  const asked = { queriesPerDay: 0, isolates: 1 }
  const { use, heartbeats } = dayOfKv({ ...startSimulation(1), later }, watched(dayMs), asked)
  // The nonce of the last request was not deleted yet.
  assert.equal(written() - begun, Math.round(use.objectRowsWritten - 4 * heartbeats) - 1)
})

test('the estimate for a register that serves is at most five percent above its rows, and not below them', async () => {
  const { sql, written } = countingSql()
  let keys = 0
  let roots = 0
  const kv = {
    async put(key: string) {
      keys++
      if (key.endsWith('/root')) roots++
    },
    delete: () => Promise.resolve(),
  }
  let nowMs = dayMs
  const unlimited = { writesPerDay: null, readsPerDay: null }
  const register = createServingRegister(sql, kv, log, unlimited, () => nowMs)
  let steps = 0
  const checkpoint = async (): Promise<void> => {
    for (;;) {
      const before = keys
      const dueMs = await register.checkpoint('c', nowMs)
      if (keys > before) steps++
      if (dueMs === undefined || dueMs > nowMs) return
    }
  }
  const begun = written()
  const publishes = 300
  for (let n = 0; n < publishes; n++) {
    nowMs += 2_000
    const blob = blobNamed(`b${n}`)
    assert.equal((await register.putBlobs(callAt(nowMs), [blob])).refused, null)
    assert.equal((await register.putRoot(callAt(nowMs), await packedOf(rootOf(nowMs, [blob])))).refused, null)
    await checkpoint()
  }
  // All blobs but the last fall out of use, and are deleted a day later by the roots of then.
  const last = blobNamed(`b${publishes - 1}`)
  const afterwards = 20
  for (let n = 0; n < afterwards; n++) {
    nowMs += dayMs
    await register.putRoot(callAt(nowMs), await packedOf(rootOf(nowMs, [last])))
    await checkpoint()
  }
  const simulated = (writes: Simulation['later']): Simulation => ({
    ...startSimulation(2_000),
    later: writes,
  })
  const { use } = dayOfRegister(
    simulated({
      publishes: publishes + afterwards,
      blobs: publishes,
      requests: 2 * publishes + afterwards,
      bytes: 1,
    }),
    simulated({ publishes: roots, blobs: keys - roots, requests: steps, bytes: 1 }),
    { watchedMs: dayMs, heartbeatMs: dayMs },
    { queriesPerDay: 0, isolates: 1 },
  )
  // Alarms are no rows of this database.
  const estimate = use.objectRowsWritten - rows.alarm * (publishes + afterwards + steps)
  const ratio = estimate / (written() - begun)
  assert.ok(ratio >= 1 && ratio <= 1.05, `estimated ${estimate}, written ${written() - begun}: ${ratio}`)
})
