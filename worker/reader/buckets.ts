import { openBucket } from '../../snapshot/bucket.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { bucketsIn } from '../../snapshot/root-value.ts'
import { type BlobHash, type Bucket, bucketSchema, type SignedRoot } from '../../snapshot/schema.ts'

/** The buckets of one root, each checked when it is first used. */
export type Buckets = {
  /** The number of buckets, as a power of two. */
  readonly bits: number
  /** A bucket that is empty (null) or was checked before; undefined for any other. */
  known(index: number): Bucket | null | undefined
  /** Checks a bucket. Rejects with SnapshotError BUCKET_MISSING, BUCKET_MISMATCH or SCHEMA. */
  open(index: number): Promise<Bucket | null>
  /** True once a bucket was missing or wrong. */
  isDamaged(): boolean
  /** The buckets checked so far, by their hashes. */
  readonly checked: ReadonlyMap<BlobHash, Bucket>
}

/**
 * The buckets in a root's value; undefined for schema 1. Buckets that were checked for an earlier root and have the same
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
  // A value of a megabyte is split only when a bucket in it is needed.
  let texts: readonly string[] | undefined
  let damaged = false
  const hashOf = (index: number): BlobHash | null => shards[index] ?? null
  const known = (index: number): Bucket | null | undefined => {
    const hash = hashOf(index)
    return hash === null ? null : checked.get(hash)
  }
  return {
    bits,
    checked,
    known,
    isDamaged: () => damaged,
    async open(index) {
      const bucket = known(index)
      const hash = hashOf(index)
      if (bucket !== undefined || hash === null) return bucket ?? null
      texts ??= bucketsIn(value)
      try {
        const opened = await read(texts[index] ?? '', index, hash)
        checked.set(hash, opened)
        return opened
      } catch (error) {
        damaged = true
        throw error
      }
    },
  }
}

async function read(text: string, index: number, hash: BlobHash): Promise<Bucket> {
  if (text === '') throw new SnapshotError('BUCKET_MISSING', `bucket ${index} (${hash}) is missing`)
  return openBucket(text, hash)
}
