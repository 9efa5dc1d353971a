import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createWaiting, maxWaiting } from './waiting.ts'

test('a share has a limit of its own, and all shares together have one', () => {
  const waiting = createWaiting(4_000, createTestClock())
  const begun = (share: string): number => {
    let count = 0
    while (waiting.begin(share)) count++
    return count
  }
  assert.equal(begun('a'), maxWaiting.share)
  assert.equal(begun('b'), maxWaiting.share)
  let all = 2 * maxWaiting.share
  for (let share = 0; share < 100; share++) all += begun(String(share))
  assert.equal(all, maxWaiting.all)
})

test('a question that has ended makes room for one, even if it ends twice', () => {
  const waiting = createWaiting(4_000, createTestClock())
  const first = waiting.begin('a')
  while (waiting.begin('a'));
  first?.()
  first?.()
  assert.ok(waiting.begin('a'))
  assert.equal(waiting.begin('a'), undefined)
})

test('questions whose end is never reported are forgotten after their deadline', () => {
  const clock = createTestClock()
  const waiting = createWaiting(4_000, clock)
  while (waiting.begin('a'));
  clock.advance(3_999)
  assert.equal(waiting.begin('a'), undefined)
  clock.advance(1)
  assert.ok(waiting.begin('a'))
})
