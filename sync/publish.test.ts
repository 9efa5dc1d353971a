import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchesOf } from './publish.ts'

const limits = { maxBodyBytes: 10, maxBlobsPerRequest: 3 }

const cases: [string, string[], string[][]][] = [
  ['nothing', [], []],
  ['by count', ['a', 'b', 'c', 'd'], [['a', 'b', 'c'], ['d']]],
  ['by bytes, line breaks included', ['aaaa', 'bbbb', 'c'], [['aaaa', 'bbbb'], ['c']]],
  ['bytes, not characters', ['ääää', 'b'], [['ääää'], ['b']]],
  ['exactly full', ['123456789', 'a'], [['123456789'], ['a']]],
]

for (const [name, texts, expected] of cases) {
  test(`blobs are sent in batches: ${name}`, () => assert.deepEqual(batchesOf(texts, limits), expected))
}

test('the contract’s own limits hold whatever an edge declares', () => {
  const batches = batchesOf(
    Array.from({ length: 100 }, (_, n) => String(n)),
    { maxBodyBytes: 1e9, maxBlobsPerRequest: 1e9 },
  )
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [40, 40, 20],
  )
})

test('a blob that no request can carry is an error', () => {
  assert.throws(() => batchesOf(['1234567890'], limits), { code: 'BODY_TOO_LARGE' })
})
