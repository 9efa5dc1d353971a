import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tooManyRequests } from './too-many-requests.ts'

test('the response names whole seconds, at least one, and is not cached', () => {
  for (const [waitMs, seconds] of [
    [0.4, '1'],
    [1_000, '1'],
    [1_001, '2'],
  ] as const) {
    const { status, headers, body } = tooManyRequests(waitMs)
    assert.equal(status, 429)
    assert.equal(headers['retry-after'], seconds)
    assert.equal(headers['cache-control'], 'no-store')
    assert.match(String(body), new RegExp(`in ${seconds} s`))
  }
})
