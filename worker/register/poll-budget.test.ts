import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPollBudget } from './poll-budget.ts'

const dayMs = 24 * 60 * 60_000

/** Readers that ask whenever they may, for some time → the reads of the last hour, and the interval at the end. */
function ask(readers: number, readsPerDay: number | null, hours: number): { reads: number; againMs: number } {
  const budget = createPollBudget(readsPerDay)
  const nextMs = Array.from({ length: readers }, (_, index) => index)
  let reads = 0
  for (let nowMs = 0; nowMs < hours * 3_600_000; nowMs += 250) {
    if (nowMs % 3_600_000 === 0) reads = 0
    for (const [index, atMs] of nextMs.entries()) {
      if (atMs > nowMs) continue
      budget.count(nowMs)
      reads++
      nextMs[index] = nowMs + budget.againMs()
    }
  }
  return { reads, againMs: budget.againMs() }
}

test('few readers ask every second', () => {
  assert.equal(ask(1, dayMs / 1_000, 1).againMs, 1_000)
  assert.equal(ask(20, null, 1).againMs, 1_000)
})

test('many readers ask less often, so that the budget of a day is kept', () => {
  const { reads, againMs } = ask(30, 80_000, 3)
  assert.ok(24 * reads < 90_000, `${24 * reads} reads a day`)
  assert.ok(24 * reads > 60_000, `${24 * reads} reads a day`)
  assert.ok(againMs > 20_000 && againMs < 45_000, `${againMs} ms`)
})

test('the interval has an upper bound, and becomes short again when the readers have gone', () => {
  const budget = createPollBudget(1_000)
  for (let nowMs = 0; nowMs < 300_000; nowMs += 100) budget.count(nowMs)
  assert.equal(budget.againMs(), 60_000)
  for (const nowMs of [4_000_000, 8_000_000, 12_000_000]) budget.count(nowMs)
  assert.equal(budget.againMs(), 1_000)
})
