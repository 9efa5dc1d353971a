import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EdgeClock, toEdgeTime, unknownEdgeClock, withReading } from './edge-clock.ts'

const hourMs = 3_600_000

/** A clock after readings of [agent's time, by how much the edge is ahead]. */
function after(...readings: [number, number][]): EdgeClock {
  return readings.reduce(
    (clock, [ownMs, aheadMs]) => withReading(clock, { ownMs, aheadMs, roundTripMs: 10 }),
    unknownEdgeClock,
  )
}

test('without a reading the edge’s time is the agent’s; then all times are corrected, earlier ones too', () => {
  assert.equal(toEdgeTime(unknownEdgeClock, 5_000), 5_000)
  const clock = after([10_000, -hourMs])
  assert.equal(toEdgeTime(clock, 12_000), 12_000 - hourMs)
  assert.equal(toEdgeTime(clock, 5_000), 5_000 - hourMs, 'lists come before the first request')
})

test('readings that differ by little replace one another', () => {
  const clock = after([10_000, 100], [20_000, 130], [30_000, 90.4])
  assert.equal(clock.stretches.length, 1)
  assert.equal(toEdgeTime(clock, 15_000), 15_090)
  const slow = withReading(after([10_000, 0]), { ownMs: 20_000, aheadMs: 4_000, roundTripMs: 9_000 })
  assert.equal(slow.stretches.length, 1, 'the round trip explains it')
})

test('after the machine slept, times before the sleep keep their real age', () => {
  const clock = after([10_000, 0], [20_000, hourMs])
  assert.equal(toEdgeTime(clock, 9_000), 9_000, 'before the sleep')
  assert.equal(toEdgeTime(clock, 19_000), 19_000, 'perhaps before the sleep: the older time counts')
  assert.equal(toEdgeTime(clock, 21_000), 21_000 + hourMs)
})

test('after the edge’s clock was set back no time is in its future', () => {
  const clock = after([10_000, hourMs], [20_000, 0])
  assert.equal(toEdgeTime(clock, 9_000), 9_000 + hourMs)
  assert.equal(toEdgeTime(clock, 15_000), 15_000, 'perhaps after the change: the older time counts')
  assert.equal(toEdgeTime(clock, 21_000), 21_000)
})

test('only the latest stretches are kept', () => {
  const clock = after(...Array.from({ length: 40 }, (_, n): [number, number] => [n * 1_000, n * 10_000]))
  assert.equal(clock.stretches.length, 8)
})
