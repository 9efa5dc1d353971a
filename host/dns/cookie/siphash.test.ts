import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sipHash, sipKey } from './siphash.ts'

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index)

test('the vectors of the reference implementation (vectors_sip64)', () => {
  const vectors = [
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
    [63, '724506eb4c328a95'],
  ] as const
  const hash = new Uint8Array(10)
  for (const [length, expected] of vectors) {
    sipHash(sipKey(counting(16)), counting(length), hash, 1)
    assert.equal(Buffer.from(hash.subarray(1, 9)).toString('hex'), expected, `${length} bytes`)
  }
  assert.deepEqual([hash[0], hash[9]], [0, 0])
})

test('a key has 16 bytes', () => {
  for (const length of [0, 15, 17]) assert.throws(() => sipKey(counting(length)), RangeError)
})
