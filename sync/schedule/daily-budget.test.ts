import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createRandom } from '../../test/seeded-random.ts'
import { live, mostInADay, quantile, type Seen } from './daily-budget.case.ts'

/* The write budget over days of churn, in virtual time. */

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

const small = { mainShards: 8, lateShards: 28 }

function lived(budget: number | null, mainPerHour: number, latePerHour: number, hours = 72): Seen {
  return live({ ...small, mainPerHour, latePerHour }, budget, hours, createRandom(1).next)
}

/** How long the late lane may lag: an hour, and one for each turn's worth of shards that half of the flow pays. */
function longestLagMs(lateShards: number, { writeMs }: Seen['limits']): number {
  const perTurn = Math.max(1, Math.floor(hourMs / writeMs / 2))
  return (1 + Math.ceil(lateShards / perTurn)) * hourMs
}

test('no 24 hours see more keys than the budget, whatever changes and whoever takes over how often', () => {
  fc.assert(
    fc.property(
      fc.record({
        mainShards: fc.integer({ min: 1, max: 40 }),
        lateShards: fc.integer({ min: 0, max: 120 }),
        mainPerHour: fc.constantFrom(0, 1, 10, 300),
        latePerHour: fc.constantFrom(0, 1, 10, 300),
        takeoversPerHour: fc.constantFrom(0, 0.1, 2),
      }),
      fc.constantFrom(200, 500, 1000, 4000, 20_000),
      fc.integer(),
      (churn, budget, seed) => {
        const asked = churn.lateShards === 0 ? { ...churn, latePerHour: 0 } : churn
        const seen = live(asked, budget, 50, createRandom(seed).next)
        const most = mostInADay(seen.writes)
        assert.ok(most <= budget, `${most} of ${budget}`)
        const share = budget - (24 * hourMs) / seen.limits.heartbeatMs
        const content = mostInADay(seen.writes.filter(({ kind }) => kind !== 'heartbeat'))
        assert.ok(content <= Math.ceil(share), `${content} of ${share} that heartbeats leave`)
        const looks = seen.idleRounds / ((50 * hourMs) / seen.limits.minIntervalMs)
        assert.ok(looks <= 1.5, `${seen.idleRounds} rounds wrote nothing`)
      },
    ),
    { numRuns: 30 },
  )
})

test('while the budget is unspent, and where there is none, both lanes are one', () => {
  for (const budget of [null, 10_000]) {
    const { mainLagMs, lateLagMs, idleRounds } = lived(budget, 2, 20)
    assert.ok(Math.max(...mainLagMs, ...lateLagMs) <= 10 * secondMs, `budget ${budget}`)
    assert.equal(idleRounds, 0)
  }
})

/** [budget, main changes and late changes an hour, the main lane's median and longest lag, the late lane's median]. */
const loads: [number, number, number, number, number, number][] = [
  [1_000, 2, 20, 10 * secondMs, 2 * minuteMs, 2 * hourMs],
  [1_000, 5, 120, minuteMs, hourMs, 5 * hourMs],
  [1_000, 120, 1200, 1.5 * hourMs, 2 * hourMs, 5 * hourMs],
  [10_000, 30, 120, 10 * secondMs, minuteMs, 5 * minuteMs],
  [10_000, 120, 1200, 30 * secondMs, 5 * minuteMs, 1.5 * hourMs],
  [33_000, 1200, 7200, minuteMs, 5 * minuteMs, 30 * minuteMs],
]

for (const [budget, main, late, mainMs, mainMostMs, lateMs] of loads) {
  test(`${budget} keys a day, ${main} and ${late} changes an hour: what matters most is first, and all of it comes`, () => {
    const seen = lived(budget, main, late)
    const { mainLagMs, lateLagMs, writes } = seen
    const told = (values: readonly number[]): string =>
      [0.5, 0.99, 1].map((part) => `${Math.round(quantile(values, part) / secondMs)} s`).join(', ')
    assert.ok(quantile(mainLagMs, 0.5) <= mainMs, `main lane: ${told(mainLagMs)}`)
    assert.ok(quantile(mainLagMs, 1) <= mainMostMs, `main lane: ${told(mainLagMs)}`)
    assert.ok(quantile(mainLagMs, 0.5) <= quantile(lateLagMs, 0.5), `late lane: ${told(lateLagMs)}`)
    assert.ok(quantile(lateLagMs, 0.5) <= lateMs, `late lane: ${told(lateLagMs)}`)
    const mostMs = longestLagMs(small.lateShards, seen.limits)
    assert.ok(
      quantile(lateLagMs, 1) <= mostMs,
      `late lane: ${told(lateLagMs)}, at most ${mostMs / secondMs} s`,
    )
    const content = writes.filter(({ kind }) => kind !== 'heartbeat')
    const gaps = content.map(({ atMs }, n) => atMs - (content[n - 1]?.atMs ?? 0))
    assert.ok(Math.max(...gaps) <= 2 * hourMs, `${Math.max(...gaps) / minuteMs} minutes without a root`)
  })
}

test('a first snapshot above the burst: the main lane at once, the rest within its turns', () => {
  const churn = { mainShards: 100, lateShards: 250, mainPerHour: 0.5, latePerHour: 0 }
  const { writes, limits } = live(churn, 1_000, 72, createRandom(3).next)
  const [first] = writes
  assert.equal(first?.kind, 'first')
  assert.equal(first?.atMs, 0)
  // The burst is half of what heartbeats leave, and a quarter of it stays with the main lane.
  assert.equal(first?.keys, Math.floor((0.75 * 24 * hourMs) / limits.writeMs))
  assert.ok(mostInADay(writes) <= 1_000)
  const content = writes.filter(({ kind }) => kind !== 'heartbeat')
  const came = content.reduce((sum, { keys }) => sum + keys - 1, 0)
  assert.ok(came >= 350, `${came} blobs of 350 came`)
})

test('a first snapshot that no burst could ever pay goes out all the same', () => {
  const churn = { mainShards: 600, lateShards: 0, mainPerHour: 0, latePerHour: 0 }
  const { writes } = live(churn, 1_000, 48, createRandom(4).next)
  assert.equal(writes[0]?.atMs, 0)
  assert.equal(writes[0]?.keys, 601)
})
