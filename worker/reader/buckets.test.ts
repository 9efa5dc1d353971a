import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, someHash } from '../../snapshot/arbitrary.case.ts'
import { packRoot } from '../../snapshot/bucket.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import { type Buckets, createBuckets } from './buckets.ts'

const reverse = Object.fromEntries(
  Array.from({ length: 400 }, (_, n) => [`10.${n >> 8}.${n & 255}.0`, someHash(n & 255)]),
)
const { root, buckets: texts } = await packRoot(exampleRoot({ reverse }), 0)

function bucketsOf(value: string, earlier?: Buckets): Buckets {
  return createBuckets(root, value, earlier) ?? assert.fail()
}

test('a root of schema 1 has no buckets', () =>
  assert.equal(createBuckets(exampleRoot(), 'a.b.c', undefined), undefined))

test('a bucket is known once it was checked, and in later roots as long as its hash is the same', async () => {
  const first = bucketsOf(joinRootValue('jws', texts))
  assert.equal(first.known(0), undefined)
  const opened = await first.open(0)
  assert.equal(first.known(0), opened)
  // Nothing of the text is needed for it any more.
  const next = bucketsOf('jws', first)
  assert.equal(next.known(0), opened)
  assert.equal(next.known(1), undefined)
  const shards = root.buckets.shards.map((hash, at): BlobHash | null => (at === 0 ? someHash(1) : hash))
  const changed = createBuckets({ ...root, buckets: { bits: 2, shards } }, 'jws', first)
  assert.equal(changed?.known(0), undefined)
})

test('an empty bucket is known without a text', () => {
  const shards = [null, ...root.buckets.shards.slice(1)]
  const some = createBuckets({ ...root, buckets: { bits: 2, shards } }, 'jws', undefined)
  assert.equal(some?.known(0), null)
})

test('a missing or altered bucket is refused each time, and the others are not affected', async () => {
  const altered = texts.map((text, at) => (at === 1 ? text.replace('10.', '11.') : at === 2 ? '' : text))
  const buckets = bucketsOf(joinRootValue('jws', altered))
  await buckets.open(0)
  assert.equal(buckets.isDamaged(), false)
  for (let time = 0; time < 2; time++) {
    await assert.rejects(buckets.open(1), { code: 'BUCKET_MISMATCH' })
    await assert.rejects(buckets.open(2), { code: 'BUCKET_MISSING' })
  }
  assert.equal(buckets.isDamaged(), true)
  assert.equal(buckets.known(1), undefined)
  await buckets.open(3)
})
