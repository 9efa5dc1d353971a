import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxBlobsPerRead } from './reads.ts'
import { createServedRoots, type ServedRoots } from './served-roots.ts'

const serve = (roots: ServedRoots, generation: number, names: readonly string[]): void =>
  roots.replace({
    ...{ jws: '', value: '', term: 0, generation, hash: `root ${generation}` },
    names: new Set(names),
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
