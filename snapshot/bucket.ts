import { isBlobHash, sha256 } from './blob.ts'
import { SnapshotError } from './errors.ts'
import {
  type BlobHash,
  type Bucket,
  type BucketRoot,
  bucketSchema,
  type ReverseFamily,
  type Root,
  type ShardFamily,
  type ShardFamilyName,
  schemaVersion,
  shardFamilies,
} from './schema.ts'
import { parseJson, readHash, readObject } from './shape.ts'
import { shardOf } from './shard.ts'

/**
 * The mean number of hashes in a bucket above which the number of buckets is doubled, and below which it is halved.
 * Larger buckets make every change larger, more buckets make every root larger.
 */
const splitAbove = 128
const joinBelow = 48

/** 2^12 buckets of 128 hashes name half a million blobs. */
export const maxBucketBits = 12

/** The number of buckets, as a power of two, for so many hashes; `storedBits` is that of the published root. */
export function bucketBits(hashes: number, storedBits: number): number {
  let bits = storedBits
  while (bits < maxBucketBits && hashes / 2 ** bits > splitAbove) bits++
  while (bits > 0 && hashes / 2 ** bits < joinBelow) bits--
  return bits
}

/** A shard by its family and its name there: the index of a shard of Services or endpoints, the prefix of one of addresses. */
export type ShardName = { readonly family: ShardFamilyName; readonly name: string }

/** The bucket with a shard's hash, 0 to 2^bits - 1: by the same hash as Services (shardOf), over `family/name`. */
export function bucketOf(family: ShardFamilyName, name: string, bits: number): number {
  return shardOf(`${family}/${name}`, bits)
}

/** The hash of a shard in its bucket; null if the bucket is empty or the shard is. */
export function hashInBucket(bucket: Bucket | null, family: ShardFamilyName, name: string): BlobHash | null {
  const names = bucket?.[family]
  return names && Object.hasOwn(names, name) ? (names[name] ?? null) : null
}

/** A root of schema 2, and the text of each bucket in order; '' for an empty one. */
export type PackedRoot = { readonly root: BucketRoot; readonly buckets: readonly string[] }

/**
 * A root → the same root in schema 2. The same content and `storedBits` (see bucketBits) always have the same texts: families
 * are in the order of `shardFamilies`, names in that of their UTF-16 code units.
 */
export async function packRoot(root: Root, storedBits: number): Promise<PackedRoot> {
  const { schema: _, reverse: _r, endpointReverse: _e, podAddresses: _p, ...facts } = root
  const entries = shardFamilies.map((family) => [family, entriesOf(root[family])] as const)
  const bits = bucketBits(
    entries.reduce((sum, [, list]) => sum + list.length, 0),
    storedBits,
  )
  const buckets = bucketTexts(entries, bits)
  const shards = await Promise.all(buckets.map((text) => (text === '' ? null : sha256(text))))
  const packed: BucketRoot = {
    ...facts,
    schema: bucketSchema,
    services: { bits: root.services.bits },
    endpoints: root.endpoints && { bits: root.endpoints.bits },
    buckets: { bits, shards },
  }
  return { root: packed, buckets }
}

type Entry = readonly [name: string, hash: BlobHash]

function entriesOf(family: ShardFamily | ReverseFamily | null): Entry[] {
  if (family === null) return []
  if (!isByHash(family)) return Object.entries(family)
  return family.shards.flatMap((hash, shard) => (hash === null ? [] : [[String(shard), hash] as const]))
}

function isByHash(family: ShardFamily | ReverseFamily): family is ShardFamily {
  return Array.isArray(family.shards)
}

function bucketTexts(
  entries: readonly (readonly [ShardFamilyName, readonly Entry[]])[],
  bits: number,
): string[] {
  const texts: string[][] = Array.from({ length: 2 ** bits }, () => [])
  for (const [family, list] of entries) {
    const ordered = Map.groupBy(
      list.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ([name]) => bucketOf(family, name, bits),
    )
    for (const [bucket, members] of ordered) {
      const names = members.map(([name, hash]) => `${JSON.stringify(name)}:"${hash}"`)
      texts[bucket]?.push(`"${family}":{${names.join(',')}}`)
    }
  }
  return texts.map((families) => (families.length === 0 ? '' : `{${families.join(',')}}`))
}

/**
 * A bucket's text → the bucket. Rejects with SnapshotError: BUCKET_MISMATCH if the text does not have this hash, SCHEMA if it
 * is not a bucket. Families that this code does not know are ignored.
 */
export async function openBucket(text: string, hash: BlobHash): Promise<Bucket> {
  const actual = await sha256(text)
  if (actual !== hash)
    throw new SnapshotError('BUCKET_MISMATCH', `the content of bucket ${hash} has the hash ${actual}`)
  return readBucket(text)
}

/** A bucket's text → the bucket. Throws SnapshotError SCHEMA if it is not a bucket. */
export function readBucket(text: string): Bucket {
  const bucket = readObject(parseJson(text, 'the bucket'), 'the bucket')
  for (const family of shardFamilies) {
    const names = bucket[family] === undefined ? {} : readObject(bucket[family], family)
    // The path of a value is made only where it has a fault: a fresh isolate reads a hundred of them for its first answer.
    for (const name of Object.keys(names))
      if (!isBlobHash(names[name])) readHash(names[name], `${family}[${name}]`)
  }
  return bucket
}

/** The hashes of all blobs that a bucket names. */
export function blobsInBucket(bucket: Bucket): BlobHash[] {
  return shardFamilies.flatMap((family) => Object.values(bucket[family] ?? {}))
}

/**
 * A root of schema 2 and the texts of all its buckets → the root with its shards, as schema 1 has it. Rejects with SnapshotError:
 * BUCKET_MISSING or BUCKET_MISMATCH, or SCHEMA for a shard in the wrong bucket or beyond its family.
 */
export async function unpackRoot(packed: BucketRoot, texts: readonly string[]): Promise<Root> {
  const { schema: _, buckets, services, endpoints, ...facts } = packed
  const opened = await openAll(buckets, texts)
  const whole: Root = {
    ...facts,
    schema: schemaVersion,
    services: emptyFamily(services.bits),
    endpoints: endpoints && emptyFamily(endpoints.bits),
    ...{ reverse: {}, endpointReverse: {}, podAddresses: {} },
  }
  for (const [at, bucket] of opened.entries())
    for (const family of shardFamilies)
      for (const [name, hash] of Object.entries(bucket?.[family] ?? {})) {
        if (bucketOf(family, name, buckets.bits) !== at || !put(whole[family], name, hash))
          throw new SnapshotError('SCHEMA', `bucket ${at} must not have ${family}/${name}`)
      }
  return whole
}

function openAll({ shards }: ShardFamily, texts: readonly string[]): Promise<(Bucket | null)[]> {
  return Promise.all(
    shards.map((hash, at) => {
      if (hash === null) return null
      const text = texts[at] ?? ''
      if (text === '') throw new SnapshotError('BUCKET_MISSING', `bucket ${at} (${hash}) is missing`)
      return openBucket(text, hash)
    }),
  )
}

function emptyFamily(bits: number): ShardFamily {
  return { bits, shards: Array.from({ length: 2 ** bits }, () => null) }
}

/** Puts a hash into a new family; false if the family has no such shard. */
function put(family: ShardFamily | ReverseFamily | null, name: string, hash: BlobHash): boolean {
  if (family === null) return false
  if (!isByHash(family)) {
    Object.defineProperty(family, name, { value: hash, enumerable: true, writable: true, configurable: true })
    return true
  }
  const isShard = /^(0|[1-9]\d{0,9})$/.test(name) && Number(name) < family.shards.length
  if (isShard) (family.shards as (BlobHash | null)[])[Number(name)] = hash
  return isShard
}
