import { bucketOf, hashInBucket } from '../../snapshot/bucket.ts'
import type { BlobHash, SignedRoot } from '../../snapshot/schema.ts'
import { hashInRoot, type Need, placeInBuckets, type Slot } from '../answer/needs.ts'
import type { ReadBucket } from './buckets.ts'
import type { View } from './view.ts'

/**
 * The hash at a slot of a view, null where the shard is empty. Undefined if it is in a bucket that was not checked yet
 * (openHash). Every look-up of a shard uses this function.
 */
export function knownHash(view: Pick<View, 'root' | 'buckets'>, slot: Slot): BlobHash | null | undefined {
  const { root, buckets } = view
  const place = buckets && placeInBuckets(slot)
  if (!place) return hashInRoot(root, slot)
  const bucket = buckets.known(bucketOf(place.family, place.name, buckets.bits))
  return bucket === undefined ? undefined : hashInBucket(bucket, place.family, place.name)
}

/** As knownHash, after the bucket was read and checked. Rejects with SnapshotError if the bucket is missing or wrong. */
export async function openHash(
  view: Pick<View, 'root' | 'buckets'>,
  slot: Slot,
  read: ReadBucket,
): Promise<BlobHash | null> {
  const place = placeInBuckets(slot)
  if (place) await view.buckets?.open(place, read)
  return knownHash(view, slot) ?? null
}

/**
 * Whether a view is known to have the same blobs as these needs, at the same slots. False if the number of shards of a family
 * has changed, since its slots are then others, and if a bucket was not checked yet.
 */
export function areIn(view: Pick<View, 'root' | 'buckets'>, needs: readonly Need[]): boolean {
  for (const { slot, hash } of needs) {
    if (hash === undefined || knownHash(view, slot) !== hash) return false
    if ('bits' in slot && slot.bits !== bitsOf(view.root, slot.family)) return false
  }
  return true
}

function bitsOf(root: SignedRoot, family: 'services' | 'endpoints' | 'tokens'): number | undefined {
  return family === 'tokens' ? root.policy?.tokens.bits : root[family]?.bits
}
