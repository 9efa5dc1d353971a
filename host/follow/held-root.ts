import { hashBlob } from '../../snapshot/blob.ts'
import { blobsInBucket, readBucket } from '../../snapshot/bucket.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { keyIdOf } from '../../snapshot/jws.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { namedTexts } from '../../snapshot/root-value.ts'
import { type BlobHash, bucketSchema, type SignedRoot } from '../../snapshot/schema.ts'

/** The root in force in this edge's register, as far as the next one is compared with it. */
export type HeldRoot = {
  readonly hash: BlobHash
  readonly jws: string
  readonly kid: string | undefined
  readonly generation: number
  readonly term: number
  /** The blobs named by each of its buckets, by the bucket's hash. */
  readonly buckets: ReadonlyMap<BlobHash, readonly BlobHash[]>
  /** All blobs that it names. */
  readonly names: ReadonlySet<BlobHash>
}

/** A checked root with the blobs that its buckets name → the root as it is held. */
export async function heldRoot(
  jws: string,
  root: SignedRoot,
  buckets: ReadonlyMap<BlobHash, readonly BlobHash[]>,
): Promise<HeldRoot> {
  const names = new Set([...blobsOf(root), ...[...buckets.values()].flat()])
  const { generation, term } = root
  return { hash: await hashBlob(jws), jws, kid: keyIdOf(jws), generation, term, buckets, names }
}

/**
 * The root that the register has with the texts of its buckets → the root as it is held; undefined if this release cannot read
 * it: everything is then copied.
 */
export async function rereadHeld(jws: string, texts: readonly string[]): Promise<HeldRoot | undefined> {
  try {
    const root = rereadRoot(jws)
    const buckets = root.schema === bucketSchema ? namedTexts(root.buckets, texts) : []
    return await heldRoot(jws, root, new Map(buckets.map(({ hash, text }) => [hash, namesIn(text)])))
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

/** The blobs that a bucket names. Throws SnapshotError SCHEMA. */
export function namesIn(bucket: string): readonly BlobHash[] {
  return blobsInBucket(readBucket(bucket))
}
