import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  afterFailure,
  afterNothing,
  afterPublish,
  nextPublish,
  type Pace,
  paceLimits,
  startLimits,
  startPace,
  withChange,
} from './schedule.ts'

const nowMs = 1_800_000_000_000
const dayMs = 86_400_000
const hostedHere = paceLimits({ minPublishIntervalMs: 250, writesPerDay: null }, 300_000)
const freePlan = paceLimits({ minPublishIntervalMs: 10_000, writesPerDay: 1000 }, 300_000)

function published(pace: Pace, limits = hostedHere, at = nowMs, writes = 3): Pace {
  return afterPublish(pace, limits, { nowMs: at, writes, heartbeat: false, heartbeatAtMs: at + 300_000 })
}

const cases: [string, Pace, number][] = [
  ['the first publish may happen at once', startPace, 0],
  ['without changes the heartbeat is next', published(startPace), nowMs + 300_000],
  ['a change waits for the declared interval', withChange(published(startPace)), nowMs + 250],
  [
    'a content publish counts as a heartbeat',
    published(published(startPace), hostedHere, nowMs + 100_000),
    nowMs + 400_000,
  ],
  ['nothing new: the heartbeat of what is there already', afterNothing(startPace, nowMs + 7), nowMs + 7],
  ['a failure waits', afterFailure(published(startPace), { nowMs, random: 1 }), nowMs + 500],
  [
    'by chance, next to nothing, though no less than the declared interval',
    afterFailure(published(startPace), { nowMs, random: 0 }),
    nowMs + 250,
  ],
  ['and no less than a tenth of a second', afterFailure(startPace, { nowMs, random: 0 }), nowMs + 100],
]

for (const [name, pace, expected] of cases) {
  test(name, () => assert.equal(nextPublish(pace, hostedHere), expected))
}

test('waits double up to a minute, and a publish ends them', () => {
  let pace = startPace
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => {
    pace = afterFailure(pace, { nowMs, random: 1 })
    return nextPublish(pace, startLimits) - nowMs
  })
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  assert.equal(published(pace).failures, 0)
})

test('waits are any part of the doubling bound', () => {
  const failed = (random: number): Pace => afterFailure({ ...startPace, failures: 7 }, { nowMs, random })
  assert.deepEqual(
    [0.25, 0.5, 1].map((random) => nextPublish(failed(random), startLimits) - nowMs),
    [15_000, 30_000, 60_000],
  )
})

test('keys that a failed publish wrote are paid for all the same', () => {
  const limits = freePlan
  const failed = afterFailure(startPace, { nowMs, random: 0, writes: 1000, limits })
  assert.ok(nextPublish(failed, limits) > nowMs + dayMs, 'a snapshot that fails again and again')
})

test('a daily budget: changes without end never write more than it allows in a day', () => {
  let pace = startPace
  let written = 0
  let at = nowMs
  while (at < nowMs + dayMs) {
    pace = withChange(published(pace, freePlan, at, 4))
    written += 4
    at = nextPublish(pace, freePlan)
  }
  const heartbeats = dayMs / 300_000
  assert.ok(written + heartbeats <= 1000 + 4, `${written} written`)
  assert.ok(written > 500, `${written} written`)
})

test('the spacing grows as the burst is used up, and a quiet day restores it', () => {
  const spacing = (pace: Pace): number => nextPublish(withChange(pace), freePlan) - (pace.lastMs ?? 0)
  let pace = published(startPace, freePlan, nowMs, 4)
  assert.ok(spacing(pace) < 10_100)
  const seen: number[] = []
  for (let n = 0; n < 90; n++) {
    pace = published(pace, freePlan, nextPublish(withChange(pace), freePlan), 4)
    seen.push(spacing(pace))
  }
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok((seen.at(-1) ?? 0) > 300_000)
  assert.ok(spacing(published(pace, freePlan, (pace.lastMs ?? 0) + dayMs, 4)) < 10_100)
})

test('heartbeats are paid from their own share, which is at most half of the budget', () => {
  const pace = afterPublish(startPace, freePlan, { nowMs, writes: 1, heartbeat: true, heartbeatAtMs: nowMs })
  assert.equal(pace.paidUntilMs, nowMs)
  assert.equal(paceLimits({ minPublishIntervalMs: 0, writesPerDay: 100 }, 1000).heartbeatMs, dayMs / 50)
  assert.equal(freePlan.heartbeatMs, 300_000)
})
