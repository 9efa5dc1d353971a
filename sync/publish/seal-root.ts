import { packRoot } from '../../snapshot/bucket.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { signRoot } from '../../snapshot/root.ts'
import { bucketSchema, type Root, type ShardFamily, type SignedRoot } from '../../snapshot/schema.ts'

/** A signed root, with its buckets if it is of schema 2. */
export type SealedRoot = {
  readonly jws: string
  /** The texts of all buckets, and of those that the edge does not have yet; empty ones may be among the former. */
  readonly buckets: readonly string[]
  readonly changed: readonly string[]
  /** The hashes of all buckets; undefined for schema 1. */
  readonly hashes: ShardFamily | undefined
}

/** Signs a root in a schema. `atEdge` are the buckets of the edge's current root. */
export async function sealRoot(
  root: Root,
  schema: SignedRoot['schema'],
  atEdge: ShardFamily | undefined,
  key: SigningKey,
): Promise<SealedRoot> {
  if (schema !== bucketSchema)
    return { jws: await signRoot(root, key), buckets: [], changed: [], hashes: undefined }
  const packed = await packRoot(root, atEdge?.bits ?? 0)
  const hashes = packed.root.buckets
  const known = new Set(atEdge?.shards)
  const changed = packed.buckets.filter((text, at) => text !== '' && !known.has(hashes.shards[at] ?? null))
  return { jws: await signRoot(packed.root, key), buckets: packed.buckets, changed, hashes }
}
