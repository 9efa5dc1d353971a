import { unverified } from './root.ts'
import { type BlobHash, bucketSchema, type ShardFamily, type SignedRoot } from './schema.ts'

/*
 * The value under a root's key: the JWS on the first line, and for schema 2 one line for each bucket, in order, which is empty
 * for an empty bucket. Readers of a register get the JWS alone where the buckets are many.
 */

/** Cloudflare KV takes values of at most 25 MiB. */
export const maxRootValueBytes = 25 * 1024 * 1024

/** A JWS and the texts of its buckets (none for schema 1) → the value for the store. */
export function joinRootValue(jws: string, buckets: readonly string[]): string {
  return [jws, ...buckets].join('\n')
}

/** The JWS of a value. Nothing is checked. */
export function jwsOf(value: string): string {
  const end = value.indexOf('\n')
  return end === -1 ? value : value.slice(0, end)
}

/** The texts of a value's buckets; none for schema 1. Nothing is checked but their number. */
export function bucketsIn(value: string): string[] {
  return value.split('\n').slice(1)
}

/** Whether a value of schema 2 has the texts of its buckets, and not its JWS alone. */
export function hasBuckets(value: string): boolean {
  return value.includes('\n')
}

/** The buckets of a root that are not empty: their hashes, and their texts by index, '' for one that is missing. Nothing is checked. */
export function namedTexts(
  buckets: ShardFamily,
  texts: readonly string[],
): { readonly hash: BlobHash; readonly text: string }[] {
  return buckets.shards.flatMap((hash, at) => (hash === null ? [] : [{ hash, text: texts[at] ?? '' }]))
}

/** Throws SnapshotError ROOT_UNVERIFIED if a value has more than its root although that is of schema 1. */
export function checkRootValue(value: string, jws: string, root: SignedRoot): void {
  if (root.schema !== bucketSchema && value !== jws) throw unverified()
}
