import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  afterDeferred,
  type DeferredState,
  deferredAtMs,
  initialDeferred,
  keyQuota,
} from './deferred-shards.ts'
import { dayMs } from './limits.ts'

const nowMs = 1_800_000_000_000
const hourMs = 3_600_000
const writeMs = 240_000

const waiting = (lastMs: number, keys: number): DeferredState => ({ ...initialDeferred, lastMs, keys })
const used = (part: number): { paidUntilMs: number; writeMs: number } => ({
  paidUntilMs: nowMs + part * dayMs,
  writeMs,
})

test('when no shard waits, no root is due for deferred shards', () => {
  assert.equal(deferredAtMs(waiting(nowMs, 0), used(0)), Number.POSITIVE_INFINITY)
})

// The interval between writes of deferred shards, by the used part of the budget.
const intervals: [number, number][] = [
  [0, 0],
  [0.05, 0.001 * hourMs],
  [0.25, 0.125 * hourMs],
  [0.4, 0.512 * hourMs],
]

for (const [part, expected] of intervals) {
  test(`${part * 100} % of the burst used: the interval of deferred shards is ${expected / 1000} s`, () => {
    assert.ok(Math.abs(deferredAtMs(waiting(nowMs, 1), used(part)) - nowMs - expected) <= 1)
  })
}

test('above half of the burst: an interval of an hour, and half of the refill', () => {
  assert.equal(deferredAtMs(waiting(nowMs, 1), used(0.7)) - nowMs, hourMs)
  assert.equal(deferredAtMs(waiting(nowMs, 30), used(0.7)) - nowMs, 30 * 2 * writeMs)
  assert.equal(keyQuota(waiting(nowMs - hourMs, 1), used(0.7), nowMs, false).deferred?.share, 7)
})

test('where writes are not limited, the quota is unlimited', () => {
  const { total, priority, deferred } = keyQuota(
    initialDeferred,
    { paidUntilMs: nowMs, writeMs: 0 },
    nowMs,
    false,
  )
  assert.deepEqual([total, priority, deferred?.share], [Infinity, Infinity, Infinity])
})

test('priority shards have a quarter of the burst reserved in the first root, half in others', () => {
  const burst = (isFirst: boolean): number | undefined =>
    keyQuota(initialDeferred, used(0), nowMs, isFirst).deferred?.burst
  assert.equal(burst(true), 270)
  assert.equal(burst(false), 180)
})

test('only a root with deferred shards restarts the interval', () => {
  const deferred = { waiting: 1, keys: 3, writes: 0, after: 'a' }
  assert.deepEqual(afterDeferred(waiting(7, 1), deferred, nowMs), { lastMs: 7, keys: 3, after: 'a' })
  assert.deepEqual(afterDeferred(waiting(7, 1), { ...deferred, writes: 1 }, nowMs), {
    lastMs: nowMs,
    keys: 3,
    after: 'a',
  })
})

test('when a root is due for deferred shards, the next shard fits into the quota', () => {
  const given = fc.record({
    keys: fc.integer({ min: 1, max: 1200 }),
    agoMs: fc.integer({ min: 0, max: dayMs }),
    usedMs: fc.integer({ min: 0, max: dayMs }),
    writesPerDay: fc.integer({ min: 2, max: 100_000 }),
  })
  fc.assert(
    fc.property(given, ({ keys, agoMs, usedMs, writesPerDay }) => {
      const state = waiting(nowMs - agoMs, keys)
      const budget = { paidUntilMs: nowMs + usedMs, writeMs: (2 * dayMs) / writesPerDay }
      const atMs = Math.max(nowMs, deferredAtMs(state, budget))
      const { total, deferred } = keyQuota(state, budget, atMs, false)
      assert.ok(deferred, 'not due')
      const room = Math.min(total - 1, Math.max(deferred.share, deferred.burst - 1))
      assert.ok(room >= keys, `${keys} keys, ${room} fit`)
    }),
  )
})
