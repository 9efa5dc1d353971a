import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createLru } from './lru.ts'

test('get returns the value that was set, and undefined for an unknown key', () => {
  const lru = createLru<number>(10)
  lru.set('a', 1, 4)
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.bytes()], [1, undefined, 4])
})

test('the least recently used value is evicted first, and get counts as use', () => {
  const lru = createLru<number>(10)
  for (const key of ['a', 'b', 'c']) lru.set(key, 1, 3)
  lru.get('a')
  lru.set('d', 1, 3)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => lru.get(key)),
    [1, undefined, 1, 1],
  )
  assert.equal(lru.bytes(), 9)
})

test('a large value evicts others; a value larger than the cache is not stored', () => {
  const lru = createLru<number>(10)
  lru.set('a', 1, 5)
  lru.set('b', 2, 5)
  lru.set('c', 3, 10)
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c'), lru.bytes()], [undefined, undefined, 3, 10])
  lru.set('d', 4, 11)
  assert.deepEqual([lru.get('c'), lru.get('d'), lru.bytes()], [3, undefined, 10])
})

test('a key that is set again counts once; setting a value that is too large removes the old one', () => {
  const lru = createLru<number>(10)
  lru.set('a', 1, 4)
  lru.set('a', 2, 6)
  assert.deepEqual([lru.get('a'), lru.bytes()], [2, 6])
  lru.set('a', 3, 11)
  assert.deepEqual([lru.get('a'), lru.bytes()], [undefined, 0])
})

test('the size never exceeds the maximum, and the value set last is always there', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    bytes: fc.nat(12),
    look: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lru = createLru<number>(10)
      const sizes = new Map<string, number>()
      for (const { key, bytes, look } of steps) {
        if (look) lru.get(key)
        else {
          lru.set(key, bytes, bytes)
          sizes.set(key, bytes)
          assert.equal(lru.get(key), bytes <= 10 ? bytes : undefined)
        }
        assert.ok(lru.bytes() <= 10)
        const stored = [...sizes].filter(([each]) => lru.get(each) !== undefined)
        assert.equal(
          lru.bytes(),
          stored.reduce((sum, [, size]) => sum + size, 0),
        )
      }
    }),
  )
})
