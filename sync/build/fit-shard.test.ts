import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysToLeaveOut } from './fit-shard.ts'

const sizes = new Map([
  ['a/one', 400],
  ['a/two', 300],
  ['a/three', 200],
  ['b/large', 500],
  ['c/small', 10],
])

test('the largest Services of the namespace with the most bytes are left out first', () => {
  assert.deepEqual([...keysToLeaveOut(sizes, 0)], [])
  assert.deepEqual([...keysToLeaveOut(sizes, 1)], ['a/one'])
  assert.deepEqual([...keysToLeaveOut(sizes, 401)], ['a/one', 'b/large'])
})

test('the order of the Services does not matter, and all can be left out', () => {
  const turned = new Map([...sizes].toReversed())
  for (const excess of [1, 450, 950])
    assert.deepEqual(keysToLeaveOut(turned, excess), keysToLeaveOut(sizes, excess))
  assert.equal(keysToLeaveOut(sizes, 10_000).size, sizes.size)
})
