import type { IngestCode } from '../../snapshot/ingest.ts'

/** Why nothing was published: a refusal of the edge's, or what kept its answer from being one. */
export type PublishCode =
  | IngestCode
  /** No answer: refused connection, broken TLS, time-out. */
  | 'EDGE_UNREACHABLE'
  /** An answer that is not an ingest route's, such as a proxy's. */
  | 'EDGE_ANSWER'
  /** The edge does not read the schema that this agent writes: one of the two must be updated. */
  | 'SCHEMA_UNSUPPORTED'

/** Refusals that the same agent may overcome by trying again; after any other a person must change something. */
const passing: ReadonlySet<PublishCode> = new Set<PublishCode>([
  'EDGE_UNREACHABLE',
  'BLOB_BUSY',
  'STORE_FAILED',
  'BLOB_MISSING',
  'ROOT_OLDER',
  'ROOT_CONFLICT',
  'ROOT_FUTURE',
  'PROOF_EXPIRED',
  'PROOF_REPLAYED',
  // Cut or bent on the way; or the edge takes fewer blobs than it declared before.
  'BODY_MISMATCH',
  'BODY_LENGTH',
  'BLOB_COUNT',
])

/** A publish that failed. `retryable`: the same may succeed later without anybody's doing. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: PublishCode
  readonly retryable: boolean

  constructor(code: PublishCode, message: string, retryable = passing.has(code)) {
    super(message)
    this.code = code
    this.retryable = retryable
  }
}
