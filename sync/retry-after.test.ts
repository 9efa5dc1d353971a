import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRetryAfter } from './retry-after.ts'

const date = 'Sat, 01 Aug 2026 12:00:00 GMT'

test('Retry-After is seconds, or a date after that of the response', () => {
  assert.equal(readRetryAfter('7', undefined), 7_000)
  assert.equal(readRetryAfter('Sat, 01 Aug 2026 12:01:30 GMT', date), 90_000)
})

test('anything else asks for no wait', () => {
  const nothing = [undefined, null, '', 'soon', '-5', 'Sat, 01 Aug 2026 11:00:00 GMT']
  for (const text of nothing) assert.equal(readRetryAfter(text, date), 0, String(text))
  assert.equal(
    readRetryAfter('Sat, 01 Aug 2026 12:01:30 GMT', undefined),
    0,
    'the date of the response is missing',
  )
})
