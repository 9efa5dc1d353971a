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
  /** The value of the root (root-value.ts). */
  readonly value: string
  /** The blobs of it that the key-value store may not show everywhere yet. */
  readonly young: readonly BlobHash[]
  /** Texts of the blobs that were added last, by hash: at most `maxBlobsPerRead`, with at most `maxTextLength` characters. */
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
}

/** The maximum number of blobs in one read: a message between isolates must stay below 32 MiB. */
export const maxBlobsPerRead = 64

/** The maximum number of characters of the texts that come with a root. */
export const maxTextLength = 256 * 1024
