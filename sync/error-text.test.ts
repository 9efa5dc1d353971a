import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorText } from './error-text.ts'

const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })

for (const [expected, error] of [
  ['broken', new Error('broken')],
  [
    'fetch failed: connect ECONNREFUSED',
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
  ],
  ['fetch failed: ECONNREFUSED', new TypeError('fetch failed', { cause: refused })],
  ['fetch failed', new TypeError('fetch failed', { cause: 7 })],
  ['RangeError', new RangeError()],
  ['gone', 'gone'],
] as const) {
  test(`an error in one line: ${expected}`, () => assert.equal(errorText(error), expected))
}
