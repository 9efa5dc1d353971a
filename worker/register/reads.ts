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

/** The value of a root (root-value.ts), and the blobs of it that the key-value store may not show everywhere yet. */
export type RootRead = { readonly value: string; readonly young: readonly BlobHash[] }

/**
 * What readers may ask a register that serves. On Cloudflare these are methods of the Durable Object, which only Workers with
 * its binding can call: nothing of it is served over HTTP.
 */
export type RegisterReads = {
  /** The newest root; null if there is none. Reads no row once the register has been asked. */
  head(cluster: string): Promise<Head | null>
  /** The root with this hash; null if it is not one of the newest. */
  root(cluster: string, hash: string): Promise<RootRead | null>
  /** The texts of blobs in the order of their hashes, at most `maxBlobsPerRead`; null for those that are not there. */
  blobs(cluster: string, hashes: readonly BlobHash[]): Promise<(string | null)[]>
}

/** The maximum number of blobs in one read: a message between isolates must stay below 32 MiB. */
export const maxBlobsPerRead = 64
