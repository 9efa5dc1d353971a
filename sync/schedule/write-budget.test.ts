import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { afterLate, allowanceOf, dayMs, type LateLane, lateAtMs, startLate } from './write-budget.ts'

const nowMs = 1_800_000_000_000
const hourMs = 3_600_000
const writeMs = 240_000

const lane = (lastMs: number, keys: number): LateLane => ({ ...startLate, lastMs, keys })
const owed = (part: number): { paidUntilMs: number; writeMs: number } => ({
  paidUntilMs: nowMs + part * dayMs,
  writeMs,
})

test('nothing waits: no time', () => {
  assert.equal(lateAtMs(lane(nowMs, 0), owed(0)), Number.POSITIVE_INFINITY)
})

// The interval after late shards were written, by the used part of the burst.
const intervals: [number, number][] = [
  [0, 0],
  [0.05, 0.001 * hourMs],
  [0.25, 0.125 * hourMs],
  [0.4, 0.512 * hourMs],
]

for (const [used, expected] of intervals) {
  test(`${used * 100} % of the burst used: the late lane's interval is ${expected / 1000} s`, () => {
    assert.ok(Math.abs(lateAtMs(lane(nowMs, 1), owed(used)) - nowMs - expected) <= 1)
  })
}

test('half of the burst is used: an hour, and half of the flow pays', () => {
  assert.equal(lateAtMs(lane(nowMs, 1), owed(0.7)) - nowMs, hourMs)
  assert.equal(lateAtMs(lane(nowMs, 30), owed(0.7)) - nowMs, 30 * 2 * writeMs)
  assert.equal(allowanceOf(lane(nowMs - hourMs, 1), owed(0.7), nowMs, false).late?.share, 7)
})

test('where writes cost nothing, everything may be written', () => {
  const { all, main, late } = allowanceOf(startLate, { paidUntilMs: nowMs, writeMs: 0 }, nowMs, false)
  assert.deepEqual([all, main, late?.share], [Infinity, Infinity, Infinity])
})

test('of the first root the main lane keeps a quarter of the burst, of others half', () => {
  const burst = (isFirst: boolean): number | undefined =>
    allowanceOf(startLate, owed(0), nowMs, isFirst).late?.burst
  assert.equal(burst(true), 270)
  assert.equal(burst(false), 180)
})

test('only keys that were written move the interval', () => {
  const late = { waiting: 1, keys: 3, writes: 0, after: 'a' }
  assert.deepEqual(afterLate(lane(7, 1), late, nowMs), { lastMs: 7, keys: 3, after: 'a' })
  assert.deepEqual(afterLate(lane(7, 1), { ...late, writes: 1 }, nowMs), {
    lastMs: nowMs,
    keys: 3,
    after: 'a',
  })
})

test('when its time has come, the shard in turn fits', () => {
  const given = fc.record({
    keys: fc.integer({ min: 1, max: 1200 }),
    agoMs: fc.integer({ min: 0, max: dayMs }),
    owedMs: fc.integer({ min: 0, max: dayMs }),
    writesPerDay: fc.integer({ min: 2, max: 100_000 }),
  })
  fc.assert(
    fc.property(given, ({ keys, agoMs, owedMs, writesPerDay }) => {
      const waiting = lane(nowMs - agoMs, keys)
      const budget = { paidUntilMs: nowMs + owedMs, writeMs: (2 * dayMs) / writesPerDay }
      const atMs = Math.max(nowMs, lateAtMs(waiting, budget))
      const { all, late } = allowanceOf(waiting, budget, atMs, false)
      assert.ok(late, 'it is not due')
      const room = Math.min(all - 1, Math.max(late.share, late.burst - 1))
      assert.ok(room >= keys, `${keys} keys, ${room} fit`)
    }),
  )
})
