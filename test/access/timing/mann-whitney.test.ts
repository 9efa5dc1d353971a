import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../seeded-random.ts'
import { criticalZ, detectableDistance, mannWhitney } from './mann-whitney.ts'

const near = (value: number, expected: number, within: number): void =>
  assert.ok(Math.abs(value - expected) < within, `${value} is not within ${within} of ${expected}`)

test('the statistic of a small example', () => {
  const { probability, z } = mannWhitney(Float64Array.of(1, 2, 3, 4), Float64Array.of(3, 5, 6, 7))
  // Of the 16 pairs, 14 are larger and one is equal.
  near(probability, 14.5 / 16, 1e-12)
  near(z, (14.5 - 8) / Math.sqrt((16 * 9) / 12), 1e-12)
})

test('critical values and the distance that a sample can show', () => {
  near(criticalZ(1), 3.2905, 1e-3)
  near(criticalZ(10), 3.8906, 1e-3)
  near(detectableDistance(20_000, 3.2905), (3.2905 + 2.3263) / Math.sqrt(3 * 40_000), 1e-4)
})

test('in 200 runs a shift of twice the detectable distance is found, and equal distributions are not', () => {
  const random = createRandom(1)
  const sample = (shift: number): Float64Array =>
    Float64Array.from({ length: 500 }, () => random.next() + shift)
  const critical = criticalZ(1)
  // Of uniform values, one shifted by s is larger with the probability 0.5 + s - s²/2.
  const shift = 2 * detectableDistance(500, critical)
  for (let run = 0; run < 200; run++) {
    assert.ok(mannWhitney(sample(0), sample(shift)).z > critical)
    assert.ok(Math.abs(mannWhitney(sample(0), sample(0)).z) < critical + 0.5)
  }
})
