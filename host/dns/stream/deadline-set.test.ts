import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeadlineSet } from './deadline-set.ts'

test('members expire in the order of their last start, once', () => {
  let nowMs = 0
  const set = createDeadlineSet<string>(100, () => nowMs)
  set.start('a')
  nowMs = 10
  set.start('b')
  nowMs = 20
  set.start('c')
  set.start('a')
  set.stop('c')
  assert.equal(set.oldest(), 'b')
  nowMs = 109
  assert.deepEqual(set.takeExpired(), [])
  nowMs = 110
  assert.deepEqual(set.takeExpired(), ['b'])
  nowMs = 500
  assert.deepEqual(set.takeExpired(), ['a'])
  assert.deepEqual(set.takeExpired(), [])
  assert.equal(set.oldest(), undefined)
})
