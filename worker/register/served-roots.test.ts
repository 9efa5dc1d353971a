import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxBlobsPerRead } from './reads.ts'
import { createServedRoots, type ServedRoots } from './served-roots.ts'

const serve = (
  roots: ServedRoots,
  generation: number,
  names: readonly string[],
  buckets: readonly string[] = [],
): void =>
  roots.replace({
    ...{ jws: '', value: '', term: 0, generation, hash: `root ${generation}` },
    names: new Set(names),
    buckets: new Map(buckets.map((hash) => [hash, `text of ${hash}`])),
  })

test('the first root adds nothing, since the register may have been started again', () => {
  const roots = createServedRoots()
  assert.equal(roots.newest(), undefined)
  assert.deepEqual(roots.addedSince(''), [])
  serve(roots, 1, ['a'])
  assert.deepEqual(roots.addedSince(''), [])
})

test('blobs that were added since a root, the last ones first, without those that left again', () => {
  const roots = createServedRoots()
  serve(roots, 1, ['a'])
  serve(roots, 2, ['a', 'b', 'c'])
  serve(roots, 3, ['a', 'c', 'd'])
  assert.deepEqual(roots.addedSince('root 3'), [])
  assert.deepEqual(roots.addedSince('root 2'), ['d'])
  assert.deepEqual(roots.addedSince('root 1'), ['d', 'c'])
  assert.deepEqual(roots.addedSince('unknown'), ['d', 'c'])
  // A root whose content came back.
  serve(roots, 4, ['a', 'b'])
  assert.deepEqual(roots.addedSince('root 3'), ['b'])
})

test('buckets that do not come with the root are added like blobs', () => {
  const roots = createServedRoots()
  serve(roots, 1, ['a'], ['bucket 1', 'bucket 2'])
  serve(roots, 2, ['b'], ['bucket 1', 'bucket 3'])
  serve(roots, 3, ['b'], ['bucket 4', 'bucket 3'])
  assert.deepEqual(roots.addedSince('root 2'), ['bucket 4'])
  assert.deepEqual(roots.addedSince('root 1'), ['bucket 4', 'bucket 3', 'b'])
  // A cluster that became small.
  serve(roots, 4, ['b'])
  assert.deepEqual(roots.addedSince('root 1'), ['b'])
})

test('replaced buckets are kept for readers of earlier roots, the last 4 MB of them', () => {
  const roots = createServedRoots()
  serve(roots, 1, [], ['a', 'b'])
  serve(roots, 2, [], ['a', 'c'])
  assert.deepEqual([roots.bucket('b'), roots.bucket('c')], ['text of b', 'text of c'])
  // A bucket that came back is replaced once more.
  serve(roots, 3, [], ['b'])
  serve(roots, 4, [], [])
  assert.deepEqual(
    ['a', 'b', 'c'].map((hash) => roots.bucket(hash)),
    ['text of a', 'text of b', 'text of c'],
  )
  assert.equal(roots.bucket('d'), undefined)
  const long = 'x'.repeat(1024 * 1024)
  for (let generation = 5; generation < 11; generation++)
    serve(roots, generation, [], [`${long} ${generation}`])
  const kept = [5, 6, 7, 8, 9, 10].filter((generation) => roots.bucket(`${long} ${generation}`) !== undefined)
  // The last one is not replaced yet.
  assert.deepEqual(kept, [7, 8, 9, 10])
  assert.equal(roots.bucket('b'), undefined)
})

test('changes are remembered for 60 roots, and a large one in part', () => {
  const roots = createServedRoots()
  serve(roots, 0, [])
  const names: string[] = []
  for (let generation = 1; generation <= 70; generation++) {
    names.push(`n${generation}`)
    serve(roots, generation, names)
  }
  assert.equal(roots.addedSince('root 1').length, 60)
  serve(roots, 71, [...names, ...Array.from({ length: 200 }, (_, at) => `m${at}`)])
  assert.equal(roots.addedSince('root 70').length, maxBlobsPerRead)
})
