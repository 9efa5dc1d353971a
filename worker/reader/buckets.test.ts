import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, someHash } from '../../snapshot/arbitrary.case.ts'
import { bucketOf, packRoot, type ShardName } from '../../snapshot/bucket.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import { type Buckets, createBuckets, type ReadBucket } from './buckets.ts'

const reverse = Object.fromEntries(
  Array.from({ length: 400 }, (_, n) => [`10.${n >> 8}.${n & 255}.0`, someHash(n & 255)]),
)
const { root, buckets: texts } = await packRoot(exampleRoot({ reverse }), 0)

/** A shard in the bucket with this index. */
function shardIn(index: number): ShardName {
  const { bits } = root.buckets
  const name = Object.keys(reverse).find((each) => bucketOf('reverse', each, bits) === index)
  return { family: 'reverse', name: name ?? assert.fail() }
}

/** All buckets come with the root. */
const nothing = () => assert.fail('no bucket is read')

function bucketsOf(value: string, earlier?: Buckets): Buckets {
  return createBuckets(root, value, earlier) ?? assert.fail()
}

test('a root of schema 1 has no buckets', () =>
  assert.equal(createBuckets(exampleRoot(), 'a.b.c', undefined), undefined))

test('a bucket is known once it was checked, and in later roots as long as its hash is the same', async () => {
  const first = bucketsOf(joinRootValue('jws', texts))
  assert.equal(first.known(0), undefined)
  const opened = await first.open(shardIn(0), nothing)
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
  await buckets.open(shardIn(0), nothing)
  assert.equal(buckets.isDamaged(), false)
  for (let time = 0; time < 2; time++) {
    await assert.rejects(buckets.open(shardIn(1), nothing), { code: 'BUCKET_MISMATCH' })
    await assert.rejects(buckets.open(shardIn(2), nothing), { code: 'BUCKET_MISSING' })
  }
  assert.equal(buckets.isDamaged(), true)
  assert.equal(buckets.known(1), undefined)
  await buckets.open(shardIn(3), nothing)
})

test('buckets that did not come with the root are read one by one, and a second time if the first text is none or wrong', async () => {
  const buckets = bucketsOf('jws')
  const asked: string[] = []
  const firsts: readonly (string | null)[] = [texts[0] ?? '', 'altered', null]
  const read: ReadBucket = async ({ index, hash, ...shard }, attempt) => {
    assert.deepEqual([hash, shard], [root.buckets.shards[index], shardIn(index)])
    asked.push(`${index} ${attempt}`)
    return attempt === 0 ? (firsts[index] ?? null) : (texts[index] ?? null)
  }
  for (const index of [0, 1, 2, 0, 1, 2]) {
    const opened = await buckets.open(shardIn(index), read)
    assert.deepEqual(opened, JSON.parse(texts[index] ?? ''))
    assert.equal(buckets.known(index), opened)
  }
  assert.deepEqual(asked, ['0 0', '1 0', '1 1', '2 0', '2 1'])
})

test('a bucket that is wrong or missing twice is refused, and read again for the next query', async () => {
  const buckets = bucketsOf('jws')
  await assert.rejects(
    buckets.open(shardIn(1), async () => null),
    { code: 'BUCKET_MISSING' },
  )
  await assert.rejects(
    buckets.open(shardIn(1), async () => 'altered'),
    { code: 'BUCKET_MISMATCH' },
  )
  // The value of the root has no fault, so that reading it again would not help.
  assert.equal(buckets.isDamaged(), false)
  assert.ok(await buckets.open(shardIn(1), async () => texts[1] ?? null))
})
