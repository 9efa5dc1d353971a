import type { IngestCode, Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash, PolicyRef, ShardFamily } from '../../snapshot/schema.ts'

/** An authenticated call: its proof's signature, cluster, route and time were checked before. */
export type RegisterCall = {
  readonly cluster: string
  readonly nonce: string
  readonly nowMs: number
  /** Ids of the keys that the edge trusts now. A stored root signed by another key is treated as absent. */
  readonly trustedKeyIds: readonly string[]
}

/** A blob, or a bucket, whose hash was computed from its text. */
export type IncomingBlob = { readonly hash: BlobHash; readonly text: string }

/** A root whose signature, cluster and shape were checked. */
export type IncomingRoot = {
  readonly generation: number
  readonly term: number
  readonly kid: string
  readonly jws: string
  readonly policy: PolicyRef | null
  /** See Root. */
  readonly policyDropped?: boolean | undefined
  /** The blobs that the root names itself. */
  readonly blobs: readonly BlobHash[]
  /** The hashes of the buckets of a root of schema 2, which name the other blobs, and the buckets that came with it. */
  readonly buckets?: { readonly hashes: ShardFamily; readonly sent: readonly IncomingBlob[] } | undefined
}

/** The outcome of a call. A refusal is a value, not an error, since it may cross from one isolate to another. */
export type RegisterOutcome = {
  readonly refused: { readonly code: IngestCode; readonly message: string } | null
  /** The root in force, a compact JWS. */
  readonly root: string | null
  /** The buckets of a root in force of schema 2, '' for an empty one; only for `state`. */
  readonly buckets?: readonly string[]
  readonly lastRefusal: Refusal | null
}

/**
 * The strongly consistent part of a cluster's store: it orders roots, records which blobs exist and when they became
 * unused, and is the only writer of the cluster's keys. Every call uses up its nonce.
 */
export type Register = {
  state(call: RegisterCall): Promise<RegisterOutcome>
  putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome>
  /** Keeps buckets for a root of schema 2 that will name them. */
  putBuckets(call: RegisterCall, buckets: readonly IncomingBlob[]): Promise<RegisterOutcome>
  putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome>
  /** Records that a request with a valid proof was refused before it reached the register. */
  note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome>
}
