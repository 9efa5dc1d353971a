import type { IngestCode, Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'

/** Who calls, checked before: the proof's signature, place and time were right. */
export type RegisterCall = {
  readonly cluster: string
  readonly nonce: string
  readonly nowMs: number
  /** Ids of the keys that the edge trusts now: a stored root of another key does not count. */
  readonly trustedKeyIds: readonly string[]
}

/** A blob whose hash was computed from its text. */
export type IncomingBlob = { readonly hash: BlobHash; readonly text: string }

/** A root whose signature, cluster and shape were checked. */
export type IncomingRoot = {
  readonly generation: number
  readonly term: number
  readonly kid: string
  readonly jws: string
  readonly blobs: readonly BlobHash[]
}

/** What the register says: values, not errors, since an answer may cross from one isolate to another. */
export type RegisterOutcome = {
  readonly refused: { readonly code: IngestCode; readonly message: string } | null
  /** The root now held, a compact JWS. */
  readonly root: string | null
  readonly lastRefusal: Refusal | null
}

/**
 * The one strongly consistent place of a cluster: it orders roots, knows which blobs exist and since when they
 * are unused, and is the only writer of the cluster's keys. Every call uses up its nonce.
 */
export type Register = {
  state(call: RegisterCall): Promise<RegisterOutcome>
  putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome>
  putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome>
  /** Remembers that a proven request was refused before it came this far. */
  note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome>
}
