import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createRandom } from '../../test/seeded-random.ts'
import { mostInADay, quantile, type Results, simulateChurn } from './churn.case.ts'
import { dayMs } from './limits.ts'
import { charge, chargedKeys, remainingKeys } from './write-budget.ts'

/* The write budget, by its functions and over days of churn in virtual time. */

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

const small = { priorityShards: 8, deferredShards: 28 }

function simulate(
  budget: number | null,
  priorityPerHour: number,
  deferredPerHour: number,
  hours = 72,
): Results {
  return simulateChurn({ ...small, priorityPerHour, deferredPerHour }, budget, hours, createRandom(1).next)
}

/** The longest lag of deferred shards: an hour, and one more for each turn that half of the refill pays for. */
function longestLagMs(deferredShards: number, { writeMs }: Results['limits']): number {
  const perTurn = Math.max(1, Math.floor(hourMs / writeMs / 2))
  return (1 + Math.ceil(deferredShards / perTurn)) * hourMs
}

test('a key moves the time until which all keys are paid for, from now or from that time', () => {
  const nowMs = 1_000_000
  assert.equal(charge({ paidUntilMs: 0, writeMs: 10 }, 3, nowMs), nowMs + 30)
  assert.equal(charge({ paidUntilMs: nowMs + 5, writeMs: 10 }, 3, nowMs), nowMs + 35)
})

test('a root is charged with its blobs, a heartbeat is not charged', () => {
  assert.deepEqual(
    [chargedKeys('content', 4), chargedKeys('first', 0), chargedKeys('heartbeat', 0)],
    [5, 1, 0],
  )
})

test('the remaining keys are the burst less the used part, never below 0', () => {
  const writeMs = dayMs / 100
  const remaining = (usedMs: number): number => remainingKeys({ paidUntilMs: usedMs, writeMs }, 0)
  assert.deepEqual([remaining(0), remaining(dayMs / 4), remaining(2 * dayMs)], [100, 75, 0])
  assert.equal(remainingKeys({ paidUntilMs: 0, writeMs: 0 }, 0), Number.POSITIVE_INFINITY)
})

test('no 24 hours have more keys than the budget, for any churn and any number of takeovers', () => {
  fc.assert(
    fc.property(
      fc.record({
        priorityShards: fc.integer({ min: 1, max: 40 }),
        deferredShards: fc.integer({ min: 0, max: 120 }),
        priorityPerHour: fc.constantFrom(0, 1, 10, 300),
        deferredPerHour: fc.constantFrom(0, 1, 10, 300),
        takeoversPerHour: fc.constantFrom(0, 0.1, 2),
      }),
      fc.constantFrom(200, 500, 1000, 4000, 20_000),
      fc.integer(),
      (churn, budget, seed) => {
        const given = churn.deferredShards === 0 ? { ...churn, deferredPerHour: 0 } : churn
        const seen = simulateChurn(given, budget, 50, createRandom(seed).next)
        const most = mostInADay(seen.writes)
        assert.ok(most <= budget, `${most} of ${budget}`)
        const share = budget - (24 * hourMs) / seen.limits.heartbeatMs
        const content = mostInADay(seen.writes.filter(({ kind }) => kind !== 'heartbeat'))
        assert.ok(content <= Math.ceil(share), `${content} of the ${share} that heartbeats leave`)
        const looks = seen.idleRounds / ((50 * hourMs) / seen.limits.minIntervalMs)
        assert.ok(looks <= 1.5, `${seen.idleRounds} rounds wrote nothing`)
      },
    ),
    { numRuns: 30 },
  )
})

test('while the budget is unused, and without a budget, deferred shards do not lag', () => {
  for (const budget of [null, 10_000]) {
    const { priorityLagMs, deferredLagMs, idleRounds } = simulate(budget, 2, 20)
    assert.ok(Math.max(...priorityLagMs, ...deferredLagMs) <= 10 * secondMs, `budget ${budget}`)
    assert.equal(idleRounds, 0)
  }
})

/** [budget, changes of priority and of deferred shards an hour, median and longest lag of priority shards, median lag of deferred ones]. */
const loads: [number, number, number, number, number, number][] = [
  [1_000, 2, 20, 10 * secondMs, 2 * minuteMs, 2 * hourMs],
  [1_000, 5, 120, minuteMs, hourMs, 5 * hourMs],
  [1_000, 120, 1200, 1.5 * hourMs, 2 * hourMs, 5 * hourMs],
  [10_000, 30, 120, 10 * secondMs, minuteMs, 5 * minuteMs],
  [10_000, 120, 1200, 30 * secondMs, 5 * minuteMs, 1.5 * hourMs],
  [33_000, 1200, 7200, minuteMs, 5 * minuteMs, 30 * minuteMs],
]

for (const [budget, priority, deferred, medianMs, longestMs, deferredMs] of loads) {
  test(`${budget} keys a day, ${priority} and ${deferred} changes an hour: priority shards lag less, and all changes are published`, () => {
    const seen = simulate(budget, priority, deferred)
    const { priorityLagMs, deferredLagMs, writes } = seen
    const show = (values: readonly number[]): string =>
      [0.5, 0.99, 1].map((part) => `${Math.round(quantile(values, part) / secondMs)} s`).join(', ')
    assert.ok(quantile(priorityLagMs, 0.5) <= medianMs, `priority: ${show(priorityLagMs)}`)
    assert.ok(quantile(priorityLagMs, 1) <= longestMs, `priority: ${show(priorityLagMs)}`)
    assert.ok(
      quantile(priorityLagMs, 0.5) <= quantile(deferredLagMs, 0.5),
      `deferred: ${show(deferredLagMs)}`,
    )
    assert.ok(quantile(deferredLagMs, 0.5) <= deferredMs, `deferred: ${show(deferredLagMs)}`)
    const mostMs = longestLagMs(small.deferredShards, seen.limits)
    assert.ok(
      quantile(deferredLagMs, 1) <= mostMs,
      `deferred: ${show(deferredLagMs)}, at most ${mostMs / secondMs} s`,
    )
    const content = writes.filter(({ kind }) => kind !== 'heartbeat')
    const gaps = content.map(({ atMs }, n) => atMs - (content[n - 1]?.atMs ?? 0))
    assert.ok(Math.max(...gaps) <= 2 * hourMs, `${Math.max(...gaps) / minuteMs} minutes without a root`)
  })
}

test('a first snapshot above the burst: priority shards at once, deferred ones in turns', () => {
  const churn = { priorityShards: 100, deferredShards: 250, priorityPerHour: 0.5, deferredPerHour: 0 }
  const { writes, limits } = simulateChurn(churn, 1_000, 72, createRandom(3).next)
  const [first] = writes
  assert.equal(first?.kind, 'first')
  assert.equal(first?.atMs, 0)
  // The burst is half of what heartbeats leave, and a quarter of it is reserved for priority shards.
  assert.equal(first?.keys, Math.floor((0.75 * 24 * hourMs) / limits.writeMs))
  assert.ok(mostInADay(writes) <= 1_000)
  const content = writes.filter(({ kind }) => kind !== 'heartbeat')
  const came = content.reduce((sum, { keys }) => sum + keys - 1, 0)
  assert.ok(came >= 350, `${came} of 350 blobs`)
})

test('a first snapshot whose priority shards exceed the burst is published at once', () => {
  const churn = { priorityShards: 600, deferredShards: 0, priorityPerHour: 0, deferredPerHour: 0 }
  const { writes } = simulateChurn(churn, 1_000, 48, createRandom(4).next)
  assert.equal(writes[0]?.atMs, 0)
  assert.equal(writes[0]?.keys, 601)
})
