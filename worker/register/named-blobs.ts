import { SnapshotError } from '../../snapshot/errors.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { type BlobHash, bucketSchema, type ShardFamily, type SignedRoot } from '../../snapshot/schema.ts'
import type { BucketRows } from './sql-buckets.ts'

/**
 * The blobs of a root that was verified before, with those in its buckets; undefined if this release cannot read it, or if
 * one of its buckets is not kept.
 */
export function namedBlobs(
  jws: string,
  buckets: Pick<BucketRows, 'blobs'>,
): ReadonlySet<BlobHash> | undefined {
  try {
    const root = rereadRoot(jws)
    const inBuckets = root.schema === bucketSchema ? buckets.blobs(root.buckets) : []
    return new Set([...blobsOf(root), ...inBuckets])
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

/** The hashes of the buckets of a root that was verified before; undefined for schema 1, or if this release cannot read it. */
export function bucketsNamed(jws: string): ShardFamily | undefined {
  const root = readable(jws)
  return root?.schema === bucketSchema ? root.buckets : undefined
}

/** The access policy of a root that was verified before, as text; undefined without one, or if this release cannot read it. */
export function policyNamed(jws: string): string | undefined {
  const policy = readable(jws)?.policy
  return policy ? JSON.stringify(policy) : undefined
}

function readable(jws: string): SignedRoot | undefined {
  try {
    return rereadRoot(jws)
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}
