import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakes } from './mistakes.ts'
import { ModelError } from './model-error.ts'
import { runSeed } from './run-seed.ts'

/* The model has to find faults: each of these edges and registers has one. */

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

for (const [mistake, { variant, wrong }] of Object.entries(mistakes)) {
  test(`found: ${mistake}`, async () => {
    for (const seed of seeds) {
      try {
        await runSeed(seed, variant)
      } catch (error) {
        if (!(error instanceof ModelError)) throw error
        assert.ok(wrong.includes(error.wrong), error.message)
        return
      }
    }
    assert.fail(`${seeds.length} seeds have not found the fault`)
  })
}
