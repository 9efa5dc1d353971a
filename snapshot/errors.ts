/** The faults of a snapshot, for the agent and the edge. */
export type SnapshotCode =
  /** Not signed by a key of this cluster, or not a root. All causes have one code, so that a forger learns nothing. */
  | 'ROOT_UNVERIFIED'
  /** Signed by the right key, for another cluster. */
  | 'ROOT_CLUSTER'
  /** Its native domain is not that of the edge's configuration. */
  | 'ROOT_DOMAIN'
  /** Older than the current root, by (generation, term). */
  | 'ROOT_OLDER'
  /** The same generation and term as the current root, but other bytes. */
  | 'ROOT_CONFLICT'
  /** Without an access policy although the current root has one, and without saying that the policy is dropped. */
  | 'ROOT_POLICY'
  /** Dated more than the allowed skew ahead of the reader's clock. */
  | 'ROOT_FUTURE'
  /** Older than its own `expiresAfterMs`. */
  | 'ROOT_EXPIRED'
  /** A blob that the root names was never stored. */
  | 'BLOB_MISSING'
  /** The bytes under a blob's key do not have the hash in that key. */
  | 'BLOB_MISMATCH'
  /** A bucket that the root names is not known to the edge. */
  | 'BUCKET_MISSING'
  /** The text in a bucket's place does not have the hash in the root. */
  | 'BUCKET_MISMATCH'
  /** The schema is unknown to this reader, or the shape is not the schema's. */
  | 'SCHEMA'

/** The faults of the proof that accompanies an ingest request. */
export type ProofCode =
  | 'PROOF_MISSING'
  /** Not signed by a key of this cluster. All causes have one code. */
  | 'PROOF_UNVERIFIED'
  /** Signed for another cluster, method or path. */
  | 'PROOF_MISPLACED'
  /** Too old, or ahead of the edge's clock. */
  | 'PROOF_EXPIRED'
  /** Its nonce was used before. */
  | 'PROOF_REPLAYED'
  /** The hash of the body is not the one in the proof. */
  | 'BODY_MISMATCH'
  /** The length of the body is not the one in the proof. */
  | 'BODY_LENGTH'

/** The longest message of an error (characters). It may quote a text of the sender, which may have a megabyte. */
const maxMessageLength = 1_000

function shorten(message: string): string {
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message
}

/** A snapshot that cannot be used. Only the code may be shown to strangers; `message` is written to the log. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly code: SnapshotCode

  constructor(code: SnapshotCode, message: string) {
    super(shorten(message))
    this.code = code
  }
}

/** An ingest request whose proof is missing or invalid. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
  readonly code: ProofCode

  constructor(code: ProofCode, message: string) {
    super(shorten(message))
    this.code = code
  }
}
