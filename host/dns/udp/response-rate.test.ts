import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResponseRate } from './response-rate.ts'

const count = (verdicts: readonly string[], verdict: string): number =>
  verdicts.filter((each) => each === verdict).length

test('a network gets answers up to its rate, then as many truncated ones, then nothing', () => {
  const rate = createResponseRate(5)
  const verdicts = Array.from({ length: 15 }, () => rate.judge('8.8.8.0/24', 1_000))
  assert.deepEqual(verdicts.slice(0, 5), Array(5).fill('answer'))
  assert.deepEqual(verdicts.slice(5, 10), Array(5).fill('truncate'))
  assert.deepEqual(verdicts.slice(10), Array(5).fill('drop'))
})

test('other networks are not affected', () => {
  const rate = createResponseRate(1)
  for (let query = 0; query < 10; query++) rate.judge('8.8.8.0/24', 1_000)
  assert.equal(rate.judge('8.8.4.0/24', 1_000), 'answer')
})

test('over ten seconds of a flood a network gets ten times its rate, and answers return after it', () => {
  const rate = createResponseRate(100)
  const verdicts = Array.from({ length: 10_000 }, (_, query) => rate.judge('8.8.8.0/24', query))
  const answered = count(verdicts, 'answer')
  assert.ok(answered >= 1_000 && answered <= 1_101, `${answered} answers`)
  assert.ok(count(verdicts, 'truncate') <= 1_101)
  assert.equal(rate.judge('8.8.8.0/24', 12_000), 'answer')
})

test('0 is no limit', () => {
  const rate = createResponseRate(0)
  assert.ok(
    Array.from({ length: 1_000 }, () => rate.judge('8.8.8.0/24', 0)).every((each) => each === 'answer'),
  )
})
