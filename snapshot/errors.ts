/** The faults of a snapshot, as the agent and the edge name them. */
export type SnapshotCode =
  /** Not signed by a key of this cluster, or no root at all. One code for every cause: a forger learns nothing. */
  | 'ROOT_UNVERIFIED'
  /** Signed by the right key, for another cluster. */
  | 'ROOT_CLUSTER'
  /** Behind the root already held, by (generation, term). */
  | 'ROOT_OLDER'
  /** The generation and term of the root already held, with other bytes. */
  | 'ROOT_CONFLICT'
  /** Dated more than the allowed skew ahead of the reader's clock. */
  | 'ROOT_FUTURE'
  /** Older than its own `expiresAfterMs`. */
  | 'ROOT_EXPIRED'
  /** A blob that the root names was never stored. */
  | 'BLOB_MISSING'
  /** The bytes under a blob's key are not the ones that its name promises. */
  | 'BLOB_MISMATCH'
  /** Written by a schema that this reader does not know, or not in that schema's shape. */
  | 'SCHEMA'

/** The faults of the proof that accompanies an ingest request. */
export type ProofCode =
  | 'PROOF_MISSING'
  /** Not signed by a key of this cluster. One code for every cause. */
  | 'PROOF_UNVERIFIED'
  /** Signed for another cluster, method or path. */
  | 'PROOF_MISPLACED'
  /** Made too long ago, or ahead of the edge's clock. */
  | 'PROOF_EXPIRED'
  /** Its nonce was used before. */
  | 'PROOF_REPLAYED'
  /** The body does not have the hash that the proof names. */
  | 'BODY_MISMATCH'
  /** The body is longer or shorter than the proof says. */
  | 'BODY_LENGTH'

/** A snapshot that cannot be used. `message` is for the log; strangers may see only the code. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly code: SnapshotCode

  constructor(code: SnapshotCode, message: string) {
    super(message)
    this.code = code
  }
}

/** An ingest request whose proof does not hold. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
  readonly code: ProofCode

  constructor(code: ProofCode, message: string) {
    super(message)
    this.code = code
  }
}
