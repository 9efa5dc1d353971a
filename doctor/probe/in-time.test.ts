import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf, inTime } from './in-time.ts'

test('a promise in time gives its value or its error; a late one gives undefined', async () => {
  assert.equal(await inTime(Promise.resolve(1), 10_000), 1)
  await assert.rejects(inTime(Promise.reject(new Error('no')), 10_000), /no/)
  assert.equal(await inTime(new Promise(() => {}), 10), undefined)
})

test('a failure has the code of the error, or of the first one of several', () => {
  const error = Object.assign(new Error('refused\n'), { code: 'ECONNREFUSED' })
  assert.deepEqual(failureOf(error), { failed: 'ECONNREFUSED', reason: 'refused' })
  assert.equal(failureOf(new AggregateError([error])).failed, 'ECONNREFUSED')
  assert.deepEqual(failureOf('x'), { failed: 'FAILED', reason: 'x' })
})
