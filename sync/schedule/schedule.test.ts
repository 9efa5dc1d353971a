import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noneDeferred } from './deferred-shards.ts'
import { dayMs, scheduleLimits, undeclaredLimits } from './limits.ts'
import {
  afterFailure,
  afterHeldDeletion,
  afterIdleRound,
  afterPublish,
  initialSchedule,
  nextPublishMs,
  type Schedule,
  withChange,
  withUsedBudget,
} from './schedule.ts'

const nowMs = 1_800_000_000_000
const selfHosted = scheduleLimits({ minPublishIntervalMs: 250, writesPerDay: null }, 300_000)
const freePlan = scheduleLimits({ minPublishIntervalMs: 10_000, writesPerDay: 1000 }, 300_000)

function published(schedule: Schedule, limits = selfHosted, at = nowMs, keys = 3): Schedule {
  const root = { nowMs: at, kind: 'content', blobs: keys - 1, heartbeatAtMs: at + 300_000 } as const
  return afterPublish(schedule, limits, root)
}

const idle = { nowMs, heartbeatAtMs: nowMs + 7, deferred: noneDeferred, neededKeys: 0 }

const cases: [string, Schedule, number][] = [
  ['the first publish may happen at once', initialSchedule, 0],
  ['without changes the heartbeat is next', published(initialSchedule), nowMs + 300_000],
  ['a change waits for the declared interval', withChange(published(initialSchedule)), nowMs + 250],
  [
    'a content publish counts as a heartbeat',
    published(published(initialSchedule), selfHosted, nowMs + 100_000),
    nowMs + 400_000,
  ],
  ['after a round without changes the heartbeat is next', afterIdleRound(initialSchedule, idle), nowMs + 7],
  [
    'a held deletion is checked again after a second',
    afterHeldDeletion(initialSchedule, nowMs),
    nowMs + 1_000,
  ],
  [
    'a failure is retried after the first interval',
    afterFailure(published(initialSchedule), { nowMs, random: 1 }),
    nowMs + 500,
  ],
  [
    'the random wait is not shorter than the declared interval',
    afterFailure(published(initialSchedule), { nowMs, random: 0 }),
    nowMs + 250,
  ],
  [
    'the random wait is not shorter than 100 ms',
    afterFailure(initialSchedule, { nowMs, random: 0 }),
    nowMs + 100,
  ],
]

for (const [name, schedule, expected] of cases) {
  test(name, () => assert.equal(nextPublishMs(schedule, selfHosted), expected))
}

test('waits double up to a minute, and a publish resets them', () => {
  let schedule = initialSchedule
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => {
    schedule = afterFailure(schedule, { nowMs, random: 1 })
    return nextPublishMs(schedule, undeclaredLimits) - nowMs
  })
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  assert.equal(published(schedule).failures, 0)
})

test('a wait is a random part of the doubling interval', () => {
  const failed = (random: number): Schedule =>
    afterFailure({ ...initialSchedule, failures: 7 }, { nowMs, random })
  assert.deepEqual(
    [0.25, 0.5, 1].map((random) => nextPublishMs(failed(random), undeclaredLimits) - nowMs),
    [15_075, 30_050, 60_000],
  )
})

test('a wait is at least as long as the answer asked for, up to five minutes', () => {
  const waitMs = (retryAfterMs: number): number =>
    nextPublishMs(afterFailure(initialSchedule, { nowMs, random: 1, retryAfterMs }), undeclaredLimits) - nowMs
  assert.deepEqual(
    [0, 400, 7_000, 86_400_000, Number.POSITIVE_INFINITY].map(waitMs),
    [500, 500, 7_000, 300_000, 300_000],
  )
})

test('keys that a failed publish wrote are charged', () => {
  const limits = freePlan
  const failed = afterFailure(initialSchedule, { nowMs, random: 0, keys: 1000, limits })
  assert.ok(nextPublishMs(failed, limits) > nowMs + dayMs, 'a snapshot that fails repeatedly')
})

test('continuous changes never write more than the daily budget', () => {
  let schedule = initialSchedule
  let written = 0
  let at = nowMs
  while (at < nowMs + dayMs) {
    schedule = withChange(published(schedule, freePlan, at, 4))
    written += 4
    at = nextPublishMs(schedule, freePlan)
  }
  const heartbeats = dayMs / 300_000
  assert.ok(written + heartbeats <= 1000 + 4, `${written} written`)
  assert.ok(written > 500, `${written} written`)
})

test('the interval grows as the burst is used up, and a quiet day restores it', () => {
  const spacing = (schedule: Schedule): number =>
    nextPublishMs(withChange(schedule), freePlan) - (schedule.lastMs ?? 0)
  let schedule = published(initialSchedule, freePlan, nowMs, 4)
  assert.ok(spacing(schedule) < 10_100)
  const seen: number[] = []
  for (let n = 0; n < 90; n++) {
    schedule = published(schedule, freePlan, nextPublishMs(withChange(schedule), freePlan), 4)
    seen.push(spacing(schedule))
  }
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok((seen.at(-1) ?? 0) > 300_000)
  assert.ok(spacing(published(schedule, freePlan, (schedule.lastMs ?? 0) + dayMs, 4)) < 10_100)
})

test('heartbeats have their own share, which is at most half of the budget', () => {
  const schedule = afterPublish(initialSchedule, freePlan, {
    nowMs,
    kind: 'heartbeat',
    blobs: 0,
    heartbeatAtMs: nowMs,
  })
  assert.equal(schedule.paidUntilMs, nowMs)
  assert.equal(scheduleLimits({ minPublishIntervalMs: 0, writesPerDay: 100 }, 1000).heartbeatMs, dayMs / 50)
  assert.equal(freePlan.heartbeatMs, 300_000)
})

test('the used budget of a published root counts, and at most until the budget is used up', () => {
  const used = (paidUntilMs: number | undefined, limits = freePlan): number =>
    withUsedBudget(initialSchedule, limits, { paidUntilMs, nowMs }).paidUntilMs
  assert.equal(used(nowMs + 5_000), nowMs + 5_000)
  assert.equal(used(nowMs + 9 * dayMs), nowMs + dayMs)
  assert.equal(used(undefined), 0)
  assert.equal(used(nowMs + 5_000, selfHosted), 0, 'writes are not limited')
})
