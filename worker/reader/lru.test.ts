import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createMemory } from './lru.ts'

test('what was set is there, what was not is not', () => {
  const memory = createMemory<number>(10)
  memory.set('a', 1, 4)
  assert.deepEqual([memory.get('a'), memory.get('b'), memory.bytes()], [1, undefined, 4])
})

test('the least recently used leaves first, and a look counts as use', () => {
  const memory = createMemory<number>(10)
  for (const key of ['a', 'b', 'c']) memory.set(key, 1, 3)
  memory.get('a')
  memory.set('d', 1, 3)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => memory.get(key)),
    [1, undefined, 1, 1],
  )
  assert.equal(memory.bytes(), 9)
})

test('a large value makes room for itself; one larger than the memory is not kept', () => {
  const memory = createMemory<number>(10)
  memory.set('a', 1, 5)
  memory.set('b', 2, 5)
  memory.set('c', 3, 10)
  assert.deepEqual(
    [memory.get('a'), memory.get('b'), memory.get('c'), memory.bytes()],
    [undefined, undefined, 3, 10],
  )
  memory.set('d', 4, 11)
  assert.deepEqual([memory.get('c'), memory.get('d'), memory.bytes()], [3, undefined, 10])
})

test('a key that is set again counts once; too large a value takes the old one with it', () => {
  const memory = createMemory<number>(10)
  memory.set('a', 1, 4)
  memory.set('a', 2, 6)
  assert.deepEqual([memory.get('a'), memory.bytes()], [2, 6])
  memory.set('a', 3, 11)
  assert.deepEqual([memory.get('a'), memory.bytes()], [undefined, 0])
})

test('it never holds more than it may, and always what was set last', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    bytes: fc.nat(12),
    look: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const memory = createMemory<number>(10)
      const sizes = new Map<string, number>()
      for (const { key, bytes, look } of steps) {
        if (look) memory.get(key)
        else {
          memory.set(key, bytes, bytes)
          sizes.set(key, bytes)
          assert.equal(memory.get(key), bytes <= 10 ? bytes : undefined)
        }
        assert.ok(memory.bytes() <= 10)
        const held = [...sizes].filter(([each]) => memory.get(each) !== undefined)
        assert.equal(
          memory.bytes(),
          held.reduce((sum, [, size]) => sum + size, 0),
        )
      }
    }),
  )
})
