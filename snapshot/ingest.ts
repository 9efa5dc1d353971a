import type { ProofCode, SnapshotCode } from './errors.ts'

/** The paths of a cluster's ingest routes, relative to the edge's base URL. */
export const ingestPaths = {
  /** GET: the declaration, and the root that is stored. */
  state: (cluster: string): string => `/ingest/${cluster}`,
  /** POST: blobs, one a line. */
  blobs: (cluster: string): string => `/ingest/${cluster}/blobs`,
  /** POST: a root, a compact JWS. */
  root: (cluster: string): string => `/ingest/${cluster}/root`,
}

/** The maximum size of an ingest request's body in bytes, even if an edge declares more. */
export const maxBodyBytes = 1024 * 1024

/** Blobs in one request, at most: Cloudflare's free plan allows 50 subrequests. */
export const maxBlobsPerRequest = 40

/** The number of blobs that our edges declare: with each request they may delete as many blobs as it contains. */
export const declaredBlobsPerRequest = 24

/** Why an ingest request was refused. */
export type IngestCode =
  | SnapshotCode
  | ProofCode
  /** No cluster of this id is configured, or ingest is switched off. */
  | 'CLUSTER_UNKNOWN'
  /** No such ingest route, or another method. */
  | 'ROUTE_UNKNOWN'
  /** More bytes than the edge declares, by header or by body. */
  | 'BODY_TOO_LARGE'
  /** More blobs than the edge declares, or none. */
  | 'BLOB_COUNT'
  /** A blob is being deleted at this moment: send it again later. */
  | 'BLOB_BUSY'
  /** The key-value store failed: send the same again later. */
  | 'STORE_FAILED'

/** A refusal as the edge remembers it. */
export type Refusal = { readonly code: IngestCode; readonly message: string; readonly atMs: number }

/** The part of every ingest answer that the agent has to follow. */
export type Declaration = {
  /** Schema versions that this edge reads. */
  readonly schemas: readonly number[]
  /** The kind of store: 'cloudflare-kv', 'sqlite', or one that a newer edge names. Agents obey the limits below alone. */
  readonly store: string
  /** Two roots should be at least this far apart. */
  readonly minPublishIntervalMs: number
  /** Keys that may be written in a day, or null where nothing limits them. */
  readonly writesPerDay: number | null
  readonly maxBodyBytes: number
  readonly maxBlobsPerRequest: number
  /** The edge's clock, Unix ms. */
  readonly clockMs: number
  /** The last request of this cluster that had a valid signature and was refused all the same. */
  readonly lastRefusal: Refusal | null
}

/** The body of every answer of an ingest route, JSON. */
export type IngestAnswer = {
  readonly declaration: Declaration | null
  /** The root that the register holds, in answers to GET. */
  readonly root?: string | null
  /** Present unless the status is 200. */
  readonly error?: { readonly code: IngestCode; readonly message: string }
}

/** Blobs' texts → a request body: a line each. Blobs are JSON without line breaks. */
export function encodeBlobLines(texts: readonly string[]): string {
  return texts.join('\n')
}

/** A request body → blobs' texts. */
export function decodeBlobLines(body: string): string[] {
  return body.split('\n').filter((line) => line !== '')
}
