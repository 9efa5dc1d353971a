import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import type { Sql, SqlValue } from '../worker/ports.ts'
import { blobNamed, callAt, rootOf } from '../worker/register/register.case.ts'
import { createSqlRegister } from '../worker/register/sql-register.ts'
import { aboveFree, type Day, dayOf, heartbeatsPerDay, paidDollars } from './model.ts'
import { startSimulation } from './simulation.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const asking = { queriesPerDay: 10_000, isolates: 20 }

/** A watch in which `publishes` roots with three blobs each were written, and as many blobs fell out of use. */
function busy(publishes: number): Parameters<typeof dayOf>[0] {
  const later = { publishes, blobs: 3 * publishes, requests: 2 * publishes, bytes: 30_000 * publishes }
  const unused = new Set(Array.from({ length: 3 * publishes }, (_, n) => `blob ${n}`))
  return { ...startSimulation(10_000), later, unused }
}

test('a quiet cluster only writes heartbeats and fits the free plan', () => {
  const day = dayOf(startSimulation(10_000), 10 * minuteMs, 5 * minuteMs, asking)
  assert.deepEqual([day.publishes, day.heartbeats, day.use.kvWrites, day.use.kvDeletes], [0, 288, 288, 0])
  assert.deepEqual([day.use.kvReads, day.use.workerRequests], [20_000, 10_288])
  assert.deepEqual(aboveFree(day), [])
  assert.equal(paidDollars(day), 5)
})

test('a busy minute is extrapolated to a day for every meter', () => {
  const { use, publishes } = dayOf(busy(6), minuteMs, 5 * minuteMs, asking)
  assert.equal(publishes, 8_640)
  const heartbeats = use.kvWrites - 4 * 8_640
  assert.ok(heartbeats < 0.001, `${heartbeats} heartbeats`)
  assert.equal(use.kvDeletes, 3 * 8_640)
  assert.equal(use.kvStored, 3 * 8_640 * 10_000)
  assert.equal(Math.round(use.workerRequests), 10_000 + 2 * 8_640)
})

test('only the meters above the free plan are listed', () => {
  const day = dayOf(busy(1), 5 * minuteMs, 5 * minuteMs, asking)
  assert.deepEqual(aboveFree(day), ['kvWrites'])
  assert.deepEqual(
    aboveFree(dayOf(startSimulation(1), minuteMs, 5 * minuteMs, { ...asking, isolates: 40 })),
    [],
  )
  const many = { queriesPerDay: 1_000_000, isolates: 20 }
  assert.deepEqual(aboveFree(dayOf(startSimulation(1), minuteMs, 5 * minuteMs, many)), [
    'kvReads',
    'workerRequests',
  ])
})

test('reads: two for each refresh of an isolate, and at most two for a query', () => {
  const reads = (queriesPerDay: number, isolates: number): number =>
    dayOf(startSimulation(1), minuteMs, 5 * minuteMs, { queriesPerDay, isolates }).use.kvReads
  assert.equal(reads(0, 20), 0)
  assert.equal(reads(100, 20), 200)
  assert.equal(reads(10_000_000, 20), 2 * 20 * 2_880)
})

test('the paid plan charges usage above the included amount', () => {
  const none: Day['use'] = {
    ...{ kvReads: 0, kvWrites: 0, kvDeletes: 0, kvStored: 0 },
    ...{ workerRequests: 0, objectRequests: 0, objectRowsWritten: 0 },
  }
  const dollars = (use: Partial<Day['use']>): number =>
    Math.round(1e6 * paidDollars({ intervalMs: 1, publishes: 0, heartbeats: 0, use: { ...none, ...use } })) /
    1e6
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

test('the estimate of rows equals the rows that the register writes over the life of a blob', async () => {
  const database = new DatabaseSync(':memory:')
  const countOf = (): number => Number(database.prepare('SELECT total_changes() AS n').get()?.n)
  let indexed = 0
  const sql: Sql = {
    run: (statement, ...values) => {
      const before = countOf()
      const rows = database.prepare(statement).all(...(values as SQLInputValue[]))
      // Each row of this table is written to its index as well.
      if (/blob_v1/.test(statement)) indexed += countOf() - before
      return rows as Record<string, SqlValue>[]
    },
    transaction: (action) => action(),
  }
  const kv = { put: () => Promise.resolve(), delete: () => Promise.resolve() }
  const register = createSqlRegister(sql, kv, { info: () => {}, warn: () => {} })
  const begun = countOf()
  const blob = blobNamed('a')
  await register.putBlobs(callAt(0), [blob])
  await register.putRoot(callAt(0), rootOf(1, [blob]))
  await register.putRoot(callAt(1_000), rootOf(2, []))
  await register.putRoot(callAt(2 * dayMs), rootOf(3, []))
  await register.state(callAt(3 * dayMs))
  const written = countOf() - begun + indexed

  const later = { publishes: 3, blobs: 1, requests: 5, bytes: 1 }
  const asked = { queriesPerDay: 0, isolates: 1 }
  const { use, heartbeats } = dayOf({ ...startSimulation(1), later }, dayMs, 5 * minuteMs, asked)
  // The nonce of the last request was not deleted yet.
  assert.equal(written, Math.round(use.objectRowsWritten - 4 * heartbeats) - 1)
})
