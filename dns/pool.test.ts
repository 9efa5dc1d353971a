import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pooledBytes, pooledCopy } from './pool.ts'

test('copies never share bytes', () => {
  const lengths = Array.from({ length: 3_000 }, (_, index) => (index * 37) % 20_000)
  const copies = lengths.map((length, index) => pooledCopy(new Uint8Array(length).fill(index & 0xff)))
  for (const [index, copy] of copies.entries()) {
    assert.equal(copy.length, lengths[index])
    assert.ok(copy.every((byte) => byte === (index & 0xff)))
  }
})

test('pooled bytes are zero and their own, also next to bytes that were written before', () => {
  const lengths = Array.from({ length: 500 }, (_, index) => (index * 37) % 900)
  const all = lengths.map((length) => {
    const bytes = pooledBytes(length)
    assert.ok(bytes.every((byte) => byte === 0))
    return bytes.fill(length & 0xff)
  })
  for (const [index, bytes] of all.entries())
    assert.ok(bytes.length === lengths[index] && bytes.every((byte) => byte === (bytes.length & 0xff)))
})
