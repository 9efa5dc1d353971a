import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashLists } from './hash-lists.ts'

test('no hash is lost, and no list is larger than a value of a Durable Object', () => {
  assert.deepEqual(hashLists([]), [])
  assert.deepEqual(hashLists(new Set(['a', 'b'])), ['["a","b"]'])
  const hashes = Array.from({ length: 100_001 }, (_, index) => String(index).padEnd(43, '-'))
  const lists = hashLists(hashes)
  assert.deepEqual(
    lists.flatMap((list) => JSON.parse(list) as string[]),
    hashes,
  )
  assert.ok(lists.every((list) => list.length < 2_000_000))
})
