import type { ShardName } from '../../snapshot/bucket.ts'
import type { BlobHash } from '../../snapshot/schema.ts'

/** The newest root by the register. It is a hint and never trusted: only the signature of the root itself counts. */
export type Head = {
  readonly generation: number
  readonly term: number
  /** The SHA-256 of the root's JWS (base64url). A generation does not name bytes, since a root of another key may repeat it. */
  readonly hash: string
  /** The least time until the same reader may ask again (ms). It grows when readers ask more often than the day's budget allows. */
  readonly againMs: number
}

/** A root, and what a reader is likely to need next. Nothing of it is trusted: readers check signature and hashes. */
export type RootRead = {
  /** The value of the root (root-value.ts). One of more than `maxWholeValue` characters comes without its buckets: the JWS alone. */
  readonly value: string
  /** The blobs of it that the key-value store may not show everywhere yet: 'all' while no checkpoint is old enough. */
  readonly young: readonly BlobHash[] | 'all'
  /**
   * Texts of the blobs that were added last, by hash, and of the buckets if `value` has none: at most `maxBlobsPerRead`, with at
   * most `maxTextLength` characters.
   */
  readonly texts: Readonly<Record<BlobHash, string>>
}

/** A head, with its root if the reader does not have it: the whole change in one round trip. */
export type HeadRead = { readonly head: Head; readonly root?: RootRead }

/**
 * What readers may ask a register that serves. On Cloudflare these are methods of the Durable Object, which only Workers with
 * its binding can call: nothing of it is served over HTTP.
 */
export type RegisterReads = {
  /**
   * The newest root; null if there is none. `known` is the hash of the root that the reader has, '' for none: with it, another
   * root comes at once. Reads no row if the root is known, once the register has been asked.
   */
  head(cluster: string, known: string): Promise<HeadRead | null>
  /** The texts of blobs in the order of their hashes, at most `maxBlobsPerRead`; null for those that are not there. */
  blobs(cluster: string, hashes: readonly BlobHash[]): Promise<(string | null)[]>
  /** Buckets that did not come with their roots, at most `maxBlobsPerRead`, and the blobs for which they are wanted. */
  buckets(cluster: string, wanted: readonly WantedBucket[]): Promise<BucketsRead>
}

/** A bucket by its hash, and the shard in it that a reader looks for. */
export type WantedBucket = { readonly hash: BlobHash } & ShardName

/** The texts of buckets in the order in which they were wanted, null for those that are not there; and texts of blobs, by hash. */
export type BucketsRead = {
  readonly texts: readonly (string | null)[]
  readonly blobs: Readonly<Record<BlobHash, string>>
}

/** The maximum number of blobs in one read: a message between isolates must stay below 32 MiB. */
export const maxBlobsPerRead = 64

/**
 * The length of a value (characters) above which its buckets do not come with it. A reader opens few of them, and the value of
 * a wide cluster has a megabyte, of which a change replaces a hundredth.
 */
export const maxWholeValue = 128 * 1024

/** The maximum number of characters of the texts that come with a root. */
export const maxTextLength = 256 * 1024
