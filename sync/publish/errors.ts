import type { IngestCode } from '../../snapshot/ingest.ts'

/** The reason why nothing was published: the code of the edge's refusal, or of a problem on the way. */
export type PublishCode =
  | IngestCode
  /** No answer: connection refused, TLS failure, time-out. */
  | 'EDGE_UNREACHABLE'
  /** An answer that is not from an ingest route but, for example, from a proxy. */
  | 'EDGE_ANSWER'
  /** The edge does not read the schema that this agent writes: one of the two must be updated. */
  | 'SCHEMA_UNSUPPORTED'
  /** The edge does not enforce access policies, and this agent has one: the edge must be updated. */
  | 'POLICY_UNSUPPORTED'
  /** The current root has an access policy, and this agent has none. */
  | 'POLICY_MISSING'

/** Refusals that a retry may overcome; any other needs a person to change something. */
const temporary: ReadonlySet<PublishCode> = new Set<PublishCode>([
  'EDGE_UNREACHABLE',
  'BLOB_BUSY',
  'STORE_FAILED',
  'BLOB_MISSING',
  'BUCKET_MISSING',
  'ROOT_OLDER',
  'ROOT_CONFLICT',
  'ROOT_FUTURE',
  'PROOF_EXPIRED',
  'PROOF_REPLAYED',
  // Truncated or altered on the way; or the edge now accepts fewer blobs than it declared.
  'BODY_MISMATCH',
  'BODY_LENGTH',
  'BLOB_COUNT',
])

/**
 * A publish that failed. `retryable`: a retry may succeed without any change. `retryAfterMs`: the wait that the edge, or a
 * proxy before it, asked for (Retry-After), 0 without one; not limited here.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: PublishCode
  readonly retryable: boolean
  readonly retryAfterMs: number

  constructor(code: PublishCode, message: string, retryable = temporary.has(code), retryAfterMs = 0) {
    super(message)
    this.code = code
    this.retryable = retryable
    this.retryAfterMs = retryAfterMs
  }
}
