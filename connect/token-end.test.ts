import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenEndNotice, endsSoon, timeLeft } from './token-end.ts'

const day = 86_400_000
const end = '2027-03-01T00:00:00.000Z'
const endMs = Date.parse(end)

test('each end is warned about a week, a day and an hour before, once each', () => {
  let nowMs = endMs - 30 * day
  const warned: string[] = []
  const notice = createTokenEndNotice(
    (expires) => warned.push(`${expires} ${(endMs - nowMs) / day}`),
    () => nowMs,
  )
  for (const days of [30, 7, 6, 2, 1, 0.5, 0.01, 0, -1]) {
    nowMs = endMs - days * day
    notice.look(end)
  }
  assert.deepEqual(warned, [`${end} 7`, `${end} 1`, `${end} 0.01`])
})

test('a short-lived token is warned about once at the start, a new end is another one, and no end is none', () => {
  const warned: string[] = []
  const notice = createTokenEndNotice(
    (expires) => warned.push(expires),
    () => endMs - 600_000,
  )
  for (const expires of [null, end, end, '2027-03-01T00:20:00.000Z', '2028-01-01T00:00:00.000Z'])
    notice.look(expires)
  assert.deepEqual(warned, [end, '2027-03-01T00:20:00.000Z'])
})

test('the time that is left', () => {
  const left = [10 * day, day, 3_600_000, 61_000, 1, -1].map((ms) => timeLeft(end, endMs - ms))
  assert.deepEqual(left, ['10 days', '24 hours', '60 minutes', '1 minute', '0 minutes', 'none'])
  assert.deepEqual(
    [endsSoon(end, endMs - 8 * day), endsSoon(end, endMs - 6 * day), endsSoon(null, endMs)],
    [false, true, false],
  )
})
