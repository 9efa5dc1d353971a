import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultText } from './fault-text.ts'

test('a fault is described by name, code, message and the places in the code', () => {
  const error = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR' })
  assert.match(faultText(error), /^Error ERR_SQLITE_ERROR: database is locked\n {4}at .*fault-text\.test\.ts/)
})

test('quoted parts of a message are left out', () => {
  let fault: unknown
  try {
    JSON.parse('{"name":"secret-name"} "token"x')
  } catch (error) {
    fault = error
  }
  assert.match(faultText(fault), /^SyntaxError/)
  assert.doesNotMatch(faultText(fault), /secret-name|token"/)
  assert.match(faultText(new RangeError('"a.secret" and "b" are too long')), /^RangeError: "…" are too long/)
})

test('a thrown value that is not an Error is not shown', () => {
  assert.doesNotMatch(faultText('secret'), /secret/)
})
