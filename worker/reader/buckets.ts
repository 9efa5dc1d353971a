import { bucketOf, openBucket, type ShardName } from '../../snapshot/bucket.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { bucketsIn, hasBuckets } from '../../snapshot/root-value.ts'
import { type BlobHash, type Bucket, bucketSchema, type SignedRoot } from '../../snapshot/schema.ts'
import type { BucketPlace } from '../source/source.ts'

/** Reads a bucket's text, unchecked; null if it is not there now. `attempt` 1 follows one that had nothing, or a wrong text. */
export type ReadBucket = (place: BucketPlace, attempt: 0 | 1) => Promise<string | null>

/** The buckets of one root, each checked when it is first used. */
export type Buckets = {
  /** The number of buckets, as a power of two. */
  readonly bits: number
  /** A bucket that is empty (null) or was checked before; undefined for any other. */
  known(index: number): Bucket | null | undefined
  /**
   * Checks the bucket of a shard; one that did not come with the root is read first. Rejects with SnapshotError BUCKET_MISSING,
   * BUCKET_MISMATCH or SCHEMA.
   */
  open(shard: ShardName, read: ReadBucket): Promise<Bucket | null>
  /** True once a bucket in the root's value was missing or wrong. */
  isDamaged(): boolean
  /** The buckets checked so far, by their hashes. */
  readonly checked: ReadonlyMap<BlobHash, Bucket>
}

/**
 * The buckets of a root, in its value or not; undefined for schema 1. Buckets that were checked for an earlier root and have the same
 * hash are taken over. Only values are kept: a promise may never settle once the request that started it has ended.
 */
export function createBuckets(
  root: SignedRoot,
  value: string,
  earlier: Pick<Buckets, 'checked'> | undefined,
): Buckets | undefined {
  if (root.schema !== bucketSchema) return undefined
  const { bits, shards } = root.buckets
  const checked = new Map<BlobHash, Bucket>()
  for (const hash of shards) {
    const bucket = hash === null ? undefined : earlier?.checked.get(hash)
    if (hash !== null && bucket) checked.set(hash, bucket)
  }
  const isWhole = hasBuckets(value)
  // A value of a megabyte is split only when a bucket in it is needed.
  let texts: readonly string[] | undefined
  let damaged = false
  const hashOf = (index: number): BlobHash | null => shards[index] ?? null
  const known = (index: number): Bucket | null | undefined => {
    const hash = hashOf(index)
    return hash === null ? null : checked.get(hash)
  }
  async function openHere(index: number, hash: BlobHash): Promise<Bucket> {
    texts ??= bucketsIn(value)
    try {
      return await openText(texts[index] ?? '', index, hash)
    } catch (error) {
      damaged = true
      throw error
    }
  }
  return {
    bits,
    checked,
    known,
    isDamaged: () => damaged,
    async open(shard, read) {
      const index = bucketOf(shard.family, shard.name, bits)
      const bucket = known(index)
      const hash = hashOf(index)
      if (bucket !== undefined || hash === null) return bucket ?? null
      const opened = isWhole
        ? await openHere(index, hash)
        : await openElsewhere({ index, hash, ...shard }, read)
      checked.set(hash, opened)
      return opened
    },
  }
}

async function openElsewhere(place: BucketPlace, read: ReadBucket): Promise<Bucket> {
  const { index, hash } = place
  const first = await read(place, 0)
  if (first !== null) {
    try {
      return await openText(first, index, hash)
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
    }
  }
  return openText((await read(place, 1)) ?? '', index, hash)
}

async function openText(text: string, index: number, hash: BlobHash): Promise<Bucket> {
  if (text === '') throw new SnapshotError('BUCKET_MISSING', `bucket ${index} (${hash}) is missing`)
  return openBucket(text, hash)
}
