import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyAddress, anyJson, exampleRoot, someHash } from './arbitrary.case.ts'
import { hashBlob } from './blob.ts'
import {
  bucketBits,
  bucketOf,
  hashInBucket,
  maxBucketBits,
  openBucket,
  packRoot,
  unpackRoot,
} from './bucket.ts'
import { type SnapshotCode, SnapshotError } from './errors.ts'
import { readRoot } from './read-root.ts'
import { type Root, type ShardFamily, shardFamilies } from './schema.ts'

const refused = (code: SnapshotCode) => (error: unknown) =>
  error instanceof SnapshotError && error.code === code

const anyHash = fc.nat(255).map(someHash)
const anyFamily: fc.Arbitrary<ShardFamily> = fc
  .nat(5)
  .chain((bits) =>
    fc
      .array(fc.option(anyHash), { minLength: 2 ** bits, maxLength: 2 ** bits })
      .map((shards) => ({ bits, shards })),
  )
const anyReverse = fc.dictionary(fc.oneof(anyAddress, fc.constantFrom('__proto__', 'constructor')), anyHash, {
  noNullPrototype: true,
})
const anyRoot: fc.Arbitrary<Root> = fc
  .record({
    services: anyFamily,
    reverse: anyReverse,
    endpoints: fc.option(anyFamily),
    endpointReverse: anyReverse,
    podAddresses: anyReverse,
  })
  .map(exampleRoot)

test('property: a packed root unpacks to the same root, whatever the number of buckets was', async () => {
  await fc.assert(
    fc.asyncProperty(anyRoot, fc.nat(6), async (root, storedBits) => {
      const { root: packed, buckets } = await packRoot(root, storedBits)
      assert.deepEqual(readRoot(JSON.stringify(packed)), packed)
      assert.deepEqual(await unpackRoot(packed, buckets), root)
    }),
  )
})

test('property: every shard is found in the one bucket that its name says', async () => {
  await fc.assert(
    fc.asyncProperty(anyRoot, fc.nat(4), async (root, storedBits) => {
      const { root: packed, buckets } = await packRoot(root, storedBits)
      const find = async (family: (typeof shardFamilies)[number], name: string): Promise<string | null> => {
        const at = bucketOf(family, name, packed.buckets.bits)
        const hash = packed.buckets.shards[at] ?? null
        return hashInBucket(hash === null ? null : await openBucket(buckets[at] ?? '', hash), family, name)
      }
      for (const [shard, hash] of root.services.shards.entries())
        assert.equal(await find('services', String(shard)), hash)
      for (const [prefix, hash] of Object.entries(root.reverse))
        assert.equal(await find('reverse', prefix), hash)
      assert.equal(await find('podAddresses', 'toString'), null)
    }),
    { numRuns: 30 },
  )
})

test('the texts depend on the content alone, and a changed shard changes one bucket', async () => {
  const reverse = Object.fromEntries(
    Array.from({ length: 600 }, (_, n) => [`10.${n >> 8}.${n & 255}.0`, someHash(n & 255)]),
  )
  const root = exampleRoot({ reverse })
  const packed = await packRoot(root, 0)
  assert.equal(packed.root.buckets.bits, 3)
  const turned = exampleRoot({ reverse: Object.fromEntries(Object.entries(reverse).toReversed()) })
  assert.deepEqual(await packRoot(turned, 0), packed)
  const changed = await packRoot(exampleRoot({ reverse: { ...reverse, '10.0.7.0': someHash(99) } }), 3)
  const at = bucketOf('reverse', '10.0.7.0', 3)
  for (const [index, text] of changed.buckets.entries())
    assert.equal(text !== packed.buckets[index], index === at)
})

test('a bucket is JSON with families and names in order; an empty one has no text and no hash', async () => {
  const small = exampleRoot({
    services: { bits: 1, shards: [null, someHash(2)] },
    reverse: { b: someHash(4), a: someHash(3) },
    endpoints: null,
    endpointReverse: {},
    podAddresses: {},
  })
  const { root, buckets } = await packRoot(small, 0)
  assert.deepEqual(buckets, [
    `{"services":{"1":"${someHash(2)}"},"reverse":{"a":"${someHash(3)}","b":"${someHash(4)}"}}`,
  ])
  assert.deepEqual(root.buckets, { bits: 0, shards: [await hashBlob(buckets[0] ?? '')] })
  const none = await packRoot({ ...small, services: { bits: 0, shards: [null] }, reverse: {} }, 0)
  assert.deepEqual([none.buckets, none.root.buckets], [[''], { bits: 0, shards: [null] }])
})

test('the number of buckets follows the number of hashes with hysteresis', () => {
  const wanted = [
    [0, 5, 0],
    [128, 0, 0],
    [129, 0, 1],
    [97, 1, 1],
    [95, 1, 0],
    [22_000, 0, 8],
    [22_000, 9, 8],
    [10_000_000, 0, maxBucketBits],
  ] as const
  for (const [hashes, stored, bits] of wanted)
    assert.equal(bucketBits(hashes, stored), bits, `${hashes} from ${stored}`)
  // A count that varies around a limit does not change the number back and forth.
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(maxBucketBits), (hashes, stored) => {
      const bits = bucketBits(hashes, stored)
      assert.equal(bucketBits(hashes, bits), bits)
      assert.equal(bucketBits(Math.ceil(hashes * 1.05), bits) - bits <= 1, true)
    }),
  )
})

test('BUCKET_MISMATCH: another text than the one that was hashed', async () => {
  const { root, buckets } = await packRoot(exampleRoot(), 0)
  const [text = ''] = buckets
  for (const other of [`${text} `, text.slice(1), '', '{}'])
    await assert.rejects(openBucket(other, root.buckets.shards[0] ?? ''), refused('BUCKET_MISMATCH'))
  await assert.rejects(unpackRoot(root, [`${text}\n`]), refused('BUCKET_MISMATCH'))
  for (const missing of [[], ['']]) await assert.rejects(unpackRoot(root, missing), refused('BUCKET_MISSING'))
})

const signed = async (text: string): Promise<unknown> => openBucket(text, await hashBlob(text))

test('SCHEMA: a signed text that is not a bucket', async () => {
  for (const text of ['', '[]', '{"services":[]}', '{"reverse":{"10.0.0.0":null}}', '{"services":{"0":"x"}}'])
    await assert.rejects(signed(text), refused('SCHEMA'), text)
  await signed('{"a family of a later release":7}')
  await fc.assert(
    fc.asyncProperty(anyJson, async (value) => {
      await signed(JSON.stringify(value)).catch((error: unknown) => assert.ok(refused('SCHEMA')(error)))
    }),
  )
})

test('SCHEMA: a shard in the wrong bucket, or one that its family does not have', async () => {
  const { root } = await packRoot(exampleRoot(), 0)
  const withBuckets = async (bits: number, texts: readonly string[]): Promise<unknown> => {
    const shards = await Promise.all(texts.map((text) => (text === '' ? null : hashBlob(text))))
    return unpackRoot({ ...root, buckets: { bits, shards } }, texts)
  }
  for (const name of ['2', '-1', '00', '1.0', 'length', '4294967296'])
    await assert.rejects(
      withBuckets(0, [`{"services":{"${name}":"${someHash(1)}"}}`]),
      refused('SCHEMA'),
      name,
    )
  const text = `{"services":{"0":"${someHash(1)}"}}`
  const at = bucketOf('services', '0', 1)
  await withBuckets(1, at === 0 ? [text, ''] : ['', text])
  await assert.rejects(withBuckets(1, at === 0 ? ['', text] : [text, '']), refused('SCHEMA'))
})
