import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chain } from './chain.ts'

test('a value gives a value, and a promise a promise', async () => {
  assert.equal(
    chain(1, (value) => value + 1),
    2,
  )
  const later = chain(Promise.resolve(1), (value) => value + 1)
  assert.ok(later instanceof Promise)
  assert.equal(await later, 2)
  assert.equal(await chain(1, async (value) => value + 1), 2)
})
