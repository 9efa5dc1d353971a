import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pooledCopy } from './pool.ts'

test('copies never share bytes', () => {
  const lengths = Array.from({ length: 3_000 }, (_, index) => (index * 37) % 20_000)
  const copies = lengths.map((length, index) => pooledCopy(new Uint8Array(length).fill(index & 0xff)))
  for (const [index, copy] of copies.entries()) {
    assert.equal(copy.length, lengths[index])
    assert.ok(copy.every((byte) => byte === (index & 0xff)))
  }
})
