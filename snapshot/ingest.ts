import type { ProofCode, SnapshotCode } from './errors.ts'

/** The paths of a cluster's ingest routes, relative to the edge's base URL. */
export const ingestPaths = {
  /** GET: the declaration, and the current root. */
  state: (cluster: string): string => `/ingest/${cluster}`,
  /** POST: blobs, one per line. */
  blobs: (cluster: string): string => `/ingest/${cluster}/blobs`,
  /** POST: buckets, one per line, for a root of schema 2 that will name them. */
  buckets: (cluster: string): string => `/ingest/${cluster}/buckets`,
  /** POST: a root, a compact JWS; in schema 2 also buckets, one per line. */
  root: (cluster: string): string => `/ingest/${cluster}/root`,
}

/** The maximum size of an ingest request's body in bytes, even if an edge declares more. */
export const maxBodyBytes = 1024 * 1024

/** The maximum number of blobs in one request: Cloudflare's free plan allows 50 subrequests. */
export const maxBlobsPerRequest = 40

/** The lower maximum that our edges declare, so that each request can also delete as many unused blobs as it writes. */
export const declaredBlobsPerRequest = 24

/** The reason why an ingest request was refused. */
export type IngestCode =
  | SnapshotCode
  | ProofCode
  /** No cluster has this ID, or ingest is switched off. */
  | 'CLUSTER_UNKNOWN'
  /** The path is not an ingest route, or the method is wrong. */
  | 'ROUTE_UNKNOWN'
  /** The body, or its declared length, exceeds the maximum of the edge. */
  | 'BODY_TOO_LARGE'
  /** No blobs, or more than the maximum of the edge. */
  | 'BLOB_COUNT'
  /** A blob is being deleted: send it again later. */
  | 'BLOB_BUSY'
  /** The key-value store failed: send the same request again later. */
  | 'STORE_FAILED'

/** The maximum number of buckets in one request: a root has no more. */
export const maxBucketsPerRequest = 4096

/** A refusal, as the edge stores it; `atMs` is Unix ms by its clock. */
export type Refusal = { readonly code: IngestCode; readonly message: string; readonly atMs: number }

/** The limits and facts that an edge gives the agent in every ingest answer. */
export type Declaration = {
  /** Schema versions that this edge reads. */
  readonly schemas: readonly number[]
  /**
   * The version of the access policy that this edge enforces (`policyVersion`). Absent in answers of releases that
   * ignore policies: an agent with a policy does not publish to them.
   */
  readonly policy?: number
  /** The kind of store: 'cloudflare-kv', 'sqlite', 'nats', or an unknown one of a newer edge. Agents use only the limits below. */
  readonly store: string
  /** The shortest time between two roots (ms). */
  readonly minPublishIntervalMs: number
  /** The number of keys that may be written in a day, or null without a limit. */
  readonly writesPerDay: number | null
  readonly maxBodyBytes: number
  readonly maxBlobsPerRequest: number
  /** The time by the edge's clock (Unix ms). */
  readonly clockMs: number
  /** The last request of this cluster that was refused although its signature was valid. */
  readonly lastRefusal: Refusal | null
}

/** The body of every answer of an ingest route, JSON. */
export type IngestAnswer = {
  readonly declaration: Declaration | null
  /** The current root, in answers to GET. */
  readonly root?: string | null
  /** The buckets of a current root of schema 2, '' for an empty one, in answers to GET. */
  readonly buckets?: readonly string[]
  /** Present unless the status is 200. */
  readonly error?: { readonly code: IngestCode; readonly message: string }
}

/** Texts of blobs or buckets → a request body with one per line. Both are JSON without line breaks. */
export function encodeBlobLines(texts: readonly string[]): string {
  return texts.join('\n')
}

/** A request body → the texts of its blobs or buckets. */
export function decodeBlobLines(body: string): string[] {
  return body.split('\n').filter((line) => line !== '')
}
