import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doubledIntervalMs, jitteredWaitMs } from './retry-wait.ts'

test('the interval doubles with every failure up to its limit', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 1_000_000].map((failures) => doubledIntervalMs(failures, 500, 5_000)),
    [500, 1_000, 2_000, 4_000, 5_000, 5_000],
  )
})

test('a wait is between the least one and the interval', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => jitteredWaitMs(1_000, 200, random)),
    [200, 600, 1_000],
  )
  assert.equal(jitteredWaitMs(100, 200, 1), 200)
})
