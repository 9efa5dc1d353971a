import type { Name } from '../../dns/name.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { readBucket } from '../../snapshot/bucket.ts'
import { ProofError, SnapshotError } from '../../snapshot/errors.ts'
import {
  type Declaration,
  declaredBlobsPerRequest,
  decodeBlobLines,
  type IngestAnswer,
  type IngestCode,
  ingestPaths,
  maxBlobsPerRequest,
  maxBodyBytes,
  maxBucketsPerRequest,
  type Refusal,
} from '../../snapshot/ingest.ts'
import { keyIdOf } from '../../snapshot/jws.ts'
import type { TrustedKeys } from '../../snapshot/key.ts'
import { policyVersion } from '../../snapshot/policy/schema.ts'
import { checkBody, type Proof, proofHeader, verifyProof } from '../../snapshot/proof.ts'
import { blobsOf, verifyRoot } from '../../snapshot/root.ts'
import { bucketsIn, checkRootValue, jwsOf } from '../../snapshot/root-value.ts'
import { bucketSchema, readableSchemas, type SignedRoot } from '../../snapshot/schema.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { jsonType } from '../http/media-types.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import { tooManyRequests } from '../http/too-many-requests.ts'
import { callerNetwork } from '../limit/caller-network.ts'
import type { Tasks } from '../ports.ts'
import type { IncomingBlob, IncomingRoot, RegisterCall, RegisterOutcome } from './register.ts'

/** A refused request. The agent acts on `code`. */
class IngestError extends Error {
  readonly code: IngestCode
  constructor(code: IngestCode, message: string) {
    super(message)
    this.code = code
  }
}

/** HTTP status by code. Any other code is a mistake of the agent: 400. */
const statuses: Readonly<Partial<Record<IngestCode, number>>> = {
  PROOF_MISSING: 401,
  PROOF_UNVERIFIED: 401,
  PROOF_MISPLACED: 401,
  PROOF_EXPIRED: 401,
  PROOF_REPLAYED: 401,
  CLUSTER_UNKNOWN: 404,
  ROUTE_UNKNOWN: 404,
  ROOT_OLDER: 409,
  ROOT_CONFLICT: 409,
  ROOT_POLICY: 409,
  BLOB_MISSING: 409,
  BUCKET_MISSING: 409,
  BLOB_BUSY: 409,
  BODY_TOO_LARGE: 413,
  STORE_FAILED: 503,
}

/**
 * How often a byte of a root counts against its cluster's limit. A root is parsed, ordered and adopted by every process, so
 * that it costs more than blobs, which are only stored. Roots of 880 kB, nine a second, made a neighbour's median 91 ms.
 */
const rootWeight = 4

/** The time after which an agent may try again when the store failed (s). */
const storeRetrySeconds = 2

const routes = ['state', 'blobs', 'buckets', 'root'] as const
type Route = (typeof routes)[number]

/**
 * Receives snapshots: GET and POST below /ingest/<cluster> (docs/snapshot.md). The rate limit is taken first, since anyone can
 * send requests. The headers, the proof, the cluster's limit on bytes and the declared length are checked before the body is read, and the body is
 * checked against the proof before it is parsed; only then is the register called. Every response is JSON and carries
 * the declaration, unless the caller's signature was not verified.
 */
export async function ingest(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const waitMs = await edge.limiter.take('ingest', await limitKeyOf(request, edge))
  if (waitMs > 0) return tooManyRequests(waitMs)
  let proven: { cluster: ClusterConfig; call: RegisterCall } | undefined
  try {
    const { cluster, route } = findRoute(request, edge)
    const keys = await edge.keyring.keysOf(cluster)
    const proof = await readProof(request, cluster, keys, edge)
    const call = callOf(cluster, proof, keys, edge)
    proven = { cluster, call }
    // A request from the same process has no peer: it is the agent of `kubedoh up`.
    const quotaKey = request.peer === undefined ? undefined : cluster.id
    const weight = route === 'root' ? rootWeight : 1
    const quotaWaitMs = await edge.limiter.take('ingestBytes', quotaKey, weight * proof.bodyBytes)
    if (quotaWaitMs > 0) return tooManyRequests(quotaWaitMs)
    const body = await readBody(request, proof)
    const answer = await act(route, body, call, { domain: cluster.domain, keys }, edge)
    if (answer.refused) edge.meter.refused(answer.refused.code)
    if (route === 'root' && !answer.refused) edge.reader.wake(cluster.id, tasks)
    return respond(answer, route, edge)
  } catch (error) {
    return refuse(error, proven?.call, edge)
  }
}

/**
 * The key for which a request counts: its network, and if its proof names a trusted key also that key's cluster. So
 * requests of others in the network do not use up the limit of an agent, unless they know its key's ID. Nothing is
 * verified. Undefined for a network that is not limited.
 */
async function limitKeyOf(request: DohRequest, edge: Edge): Promise<string | undefined> {
  const network = callerNetwork(request, edge.config)
  const cluster = network === undefined ? undefined : clusterOf(request, edge)
  const keyId = cluster && keyIdOf(request.header(proofHeader) ?? '')
  if (!cluster || keyId === undefined) return network
  return (await edge.keyring.keysOf(cluster)).has(keyId) ? `${cluster.id} ${network}` : network
}

function clusterOf(request: DohRequest, edge: Edge): ClusterConfig | undefined {
  const id = request.path.split('/')[2] ?? ''
  return edge.config.clusters.find((cluster) => cluster.id === id)
}

function findRoute(request: DohRequest, edge: Edge): { cluster: ClusterConfig; route: Route } {
  const cluster = clusterOf(request, edge)
  const id = request.path.split('/')[2] ?? ''
  if (!cluster || !edge.config.ingest)
    throw new IngestError('CLUSTER_UNKNOWN', `this edge does not accept snapshots of a cluster "${id}"`)
  for (const route of routes) {
    const method = route === 'state' ? 'GET' : 'POST'
    if (request.path === ingestPaths[route](id) && request.method === method) return { cluster, route }
  }
  throw new IngestError('ROUTE_UNKNOWN', `${request.method} ${request.path} is not an ingest route`)
}

function readProof(
  request: DohRequest,
  cluster: ClusterConfig,
  keys: TrustedKeys,
  edge: Edge,
): Promise<Proof> {
  return verifyProof(request.header(proofHeader), {
    cluster: cluster.id,
    method: request.method,
    path: request.path,
    audiences: edge.config.ingestOrigins,
    keys,
    nowMs: edge.clock.now(),
  })
}

function callOf(cluster: ClusterConfig, proof: Proof, keys: TrustedKeys, edge: Edge): RegisterCall {
  return { cluster: cluster.id, nonce: proof.nonce, nowMs: edge.clock.now(), trustedKeyIds: [...keys.keys()] }
}

async function readBody(request: DohRequest, proof: Proof): Promise<Uint8Array> {
  if (request.method === 'GET') return new Uint8Array()
  const declared = Number(request.header('content-length') ?? proof.bodyBytes)
  if (Math.max(declared, proof.bodyBytes) > maxBodyBytes) {
    throw new IngestError('BODY_TOO_LARGE', `the body must not exceed ${maxBodyBytes} bytes`)
  }
  if (declared !== proof.bodyBytes) {
    throw new ProofError(
      'BODY_LENGTH',
      `content-length is ${declared}, the proof says ${proof.bodyBytes} bytes`,
    )
  }
  const body = await request.body(proof.bodyBytes)
  if (body === 'too-large')
    throw new ProofError('BODY_LENGTH', `the body is longer than the ${proof.bodyBytes} bytes declared`)
  await checkBody(proof, body)
  return body
}

async function act(
  route: Route,
  body: Uint8Array,
  call: RegisterCall,
  { domain, keys }: { readonly domain: Name; readonly keys: TrustedKeys },
  edge: Edge,
): Promise<RegisterOutcome> {
  const register = edge.registerOf(call.cluster)
  const text = new TextDecoder().decode(body)
  if (route === 'state') return register.state(call)
  if (route === 'root') {
    const { root, kid, jws } = await verifyRoot(jwsOf(text), { ...call, domain, keys })
    checkRootValue(text, jws, root)
    const blobs = [...blobsOf(root)]
    return register.putRoot(call, { ...root, kid, jws, blobs, buckets: await bucketsOf(root, text) })
  }
  if (route === 'buckets') return register.putBuckets(call, await incomingBuckets(decodeBlobLines(text)))
  const texts = decodeBlobLines(text)
  if (texts.length === 0 || texts.length > maxBlobsPerRequest) {
    throw new IngestError(
      'BLOB_COUNT',
      `a request must have 1 to ${maxBlobsPerRequest} blobs, but this one has ${texts.length}`,
    )
  }
  const blobs = await Promise.all(texts.map(async (blob) => ({ hash: await hashBlob(blob), text: blob })))
  return register.putBlobs(call, blobs)
}

/** The hashes of a root's buckets, and those that its request has; undefined for schema 1. */
async function bucketsOf(root: SignedRoot, text: string): Promise<IncomingRoot['buckets']> {
  if (root.schema !== bucketSchema) return undefined
  const sent = await incomingBuckets(bucketsIn(text).filter((line) => line !== ''))
  return { hashes: root.buckets, sent }
}

/** Texts of buckets → the buckets. Rejects with IngestError BLOB_COUNT, or SnapshotError SCHEMA for a text that is none. */
function incomingBuckets(texts: readonly string[]): Promise<IncomingBlob[]> {
  if (texts.length > maxBucketsPerRequest)
    throw new IngestError('BLOB_COUNT', `a request must not have more than ${maxBucketsPerRequest} buckets`)
  return Promise.all(
    texts.map(async (text) => {
      readBucket(text)
      return { hash: await hashBlob(text), text }
    }),
  )
}

/** Refusals after the signature was verified: the response has the declaration, since the caller needs its clock. */
const afterSignature: readonly IngestCode[] = ['PROOF_MISPLACED', 'PROOF_EXPIRED']

/**
 * Responds to a refused request. The register records the refusal only if the whole proof was valid, since anyone can
 * send an old proof that was intercepted. A proof that is used twice is detected and recorded by the register itself.
 * Rejects with errors that are not refusals.
 */
async function refuse(error: unknown, call: RegisterCall | undefined, edge: Edge): Promise<DohResponse> {
  if (!(error instanceof IngestError || error instanceof ProofError || error instanceof SnapshotError))
    throw error
  const { code, message } = error
  edge.meter.refused(code)
  if (call) {
    edge.logRefusal(code, { cluster: call.cluster, reason: message })
    const answer = await edge.registerOf(call.cluster).note(call, { code, message, atMs: call.nowMs })
    return respond(answer, undefined, edge)
  }
  edge.logRefusal(code)
  const declaration = afterSignature.includes(code) ? declare(null, edge) : null
  return json(statuses[code] ?? 400, { declaration, error: { code, message } })
}

function respond(answer: RegisterOutcome, route: Route | undefined, edge: Edge): DohResponse {
  const body: IngestAnswer = {
    declaration: declare(answer.lastRefusal, edge),
    ...(route === 'state' && { root: answer.root }),
    ...(answer.buckets && { buckets: answer.buckets }),
    ...(answer.refused && { error: answer.refused }),
  }
  if (!answer.refused) return json(200, body)
  const wait = answer.refused.code === 'STORE_FAILED' ? { 'retry-after': String(storeRetrySeconds) } : {}
  return json(statuses[answer.refused.code] ?? 400, body, wait)
}

function declare(lastRefusal: Refusal | null, edge: Edge): Declaration {
  const { kind, minPublishIntervalMs, writesPerDay } = edge.store
  return {
    schemas: readableSchemas,
    policy: policyVersion,
    store: kind,
    minPublishIntervalMs,
    writesPerDay,
    maxBodyBytes,
    maxBlobsPerRequest: declaredBlobsPerRequest,
    clockMs: edge.clock.now(),
    lastRefusal,
  }
}

function json(
  status: number,
  body: IngestAnswer,
  headers: Readonly<Record<string, string>> = {},
): DohResponse {
  return {
    status,
    headers: { ...documentHeaders, 'content-type': jsonType, 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(body)}\n`,
  }
}
