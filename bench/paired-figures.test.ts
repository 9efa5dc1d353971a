import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../test/seeded-random.ts'
import { estimate, estimateText } from './paired-figures.ts'

test('the interval has the true mean in about 95 of 100 samples, and grows with the noise', () => {
  const random = createRandom(1)
  // A sum of twelve uniform numbers is nearly normal, with the standard deviation 1.
  const normal = (): number => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b) - 6
  let hits = 0
  for (let sample = 0; sample < 400; sample++) {
    const { mean, error } = estimate(Array.from({ length: 200 }, () => 3 + normal()))
    if (Math.abs(mean - 3) <= error) hits++
    assert.ok(error > 0.1 && error < 0.3, String(error))
  }
  assert.ok(hits >= 368 && hits <= 392, `${hits} of 400`)
})

test('single values far off do not move the mean', () => {
  const values = Array.from({ length: 400 }, (_, at) => (at % 100 === 7 ? 1_000 : at % 2))
  assert.ok(estimate(values).mean <= 1)
})

test('fewer than two values have no interval', () => {
  assert.deepEqual(estimate([5]), { mean: 5, error: Number.POSITIVE_INFINITY })
  assert.equal(estimate([]).error, Number.POSITIVE_INFINITY)
  assert.deepEqual(estimate([2, 2]), { mean: 2, error: 0 })
})

test('an estimate is written with its sign', () => {
  assert.equal(estimateText({ mean: 0.966, error: 0.4 }), '+0.97 ± 0.40')
  assert.equal(estimateText({ mean: -1, error: 0 }), '-1.00 ± 0.00')
})
