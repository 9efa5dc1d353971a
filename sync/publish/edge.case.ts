import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hashBlob } from '../../snapshot/blob.ts'
import { unpackRoot } from '../../snapshot/bucket.ts'
import { ProofError, SnapshotError } from '../../snapshot/errors.ts'
import {
  type Declaration,
  decodeBlobLines,
  type IngestAnswer,
  type IngestCode,
} from '../../snapshot/ingest.ts'
import { importTrustedKeys, type TrustedKeys } from '../../snapshot/key.ts'
import { checkBody, proofHeader, verifyProof } from '../../snapshot/proof.ts'
import { blobsOf, checkPolicyKept, supersedes, type VerifiedRoot, verifyRoot } from '../../snapshot/root.ts'
import { bucketsIn, jwsOf } from '../../snapshot/root-value.ts'
import { bucketSchema, type Root } from '../../snapshot/schema.ts'

/** An edge for tests: the ingest contract over HTTP, in memory, with faults on request. */
export type TestEdge = {
  readonly url: string
  /** The kinds of requests in the order of arrival: 'GET', 'blobs', 'buckets' or 'root', including refused ones. */
  readonly requests: string[]
  readonly blobs: Map<string, string>
  /** Texts of buckets by their hashes. */
  readonly buckets: Map<string, string>
  /** When each root was accepted, by the edge's clock. */
  readonly rootTimes: number[]
  /** The current root; set to undefined to lose it. */
  stored: StoredRoot | undefined
  declaration: Declaration
  /** The edge's clock. */
  nowMs: () => number
  /** Faults by request kind; the first is used for the next request of its kind, before anything is checked. */
  readonly faults: { readonly on: string; readonly code: IngestCode | keyof typeof noAnswers }[]
  root(): Root | undefined
  close(): Promise<void>
}

/** Faults without an answer of the edge: no response, or one from a proxy. */
const noAnswers = {
  HANG: undefined,
  PROXY: { status: 502, body: '<html>bad gateway</html>' },
  PROXY_404: { status: 404, body: '<html>no such page</html>' },
  LIMITED_BRIEFLY: { status: 429, body: 'too many requests', headers: { 'retry-after': '1' } },
  LIMITED: { status: 429, body: 'too many requests', headers: { 'retry-after': '17' } },
  PROXY_BUSY: {
    ...{ status: 503, body: 'busy' },
    headers: { date: 'Sat, 01 Aug 2026 12:00:00 GMT', 'retry-after': 'Sat, 01 Aug 2026 12:00:20 GMT' },
  },
  LIMITED_FOR_A_DAY: { status: 429, body: 'too many requests', headers: { 'retry-after': '86400' } },
  PROXY_200: { status: 200, body: '{"declaration":{"schemas"' },
} as const

const cluster = 'test'
const base = `/ingest/${cluster}`
const routes = new Map([
  [`GET ${base}`, 'GET'],
  [`POST ${base}/blobs`, 'blobs'],
  [`POST ${base}/buckets`, 'buckets'],
  [`POST ${base}/root`, 'root'],
])

/** Starts an edge for cluster 'test' that trusts one public key; `nowMs` is its clock. */
export async function startTestEdge(publicKey: string, nowMs: () => number): Promise<TestEdge> {
  const keys = await importTrustedKeys([publicKey])
  const nonces = new Set<string>()
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      const result = await answer(edge, keys, nonces, request)
      if (result === 'HANG') return
      if (typeof result === 'string') {
        const { status, body, headers } = { headers: {}, ...noAnswers[result] }
        return void response.writeHead(status, headers).end(body)
      }
      const declaration = { ...edge.declaration, clockMs: edge.nowMs() }
      response.writeHead(result.error ? 409 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...result, declaration }))
    }
    void reply()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const edge: TestEdge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    blobs: new Map(),
    buckets: new Map(),
    rootTimes: [],
    stored: undefined,
    declaration: {
      schemas: [1],
      policy: 1,
      store: 'sqlite',
      minPublishIntervalMs: 50,
      writesPerDay: null,
      maxBodyBytes: 1024 * 1024,
      maxBlobsPerRequest: 40,
      clockMs: 0,
      lastRefusal: null,
    },
    nowMs,
    faults: [],
    root: () => edge.stored?.whole,
    close: () => closeServer(server),
  }
  return edge
}

type Result = Omit<IngestAnswer, 'declaration'> | keyof typeof noAnswers

async function answer(
  edge: TestEdge,
  keys: TrustedKeys,
  nonces: Set<string>,
  request: IncomingMessage,
): Promise<Result> {
  const { method = '', url: path = '' } = request
  const kind = routes.get(`${method} ${path}`)
  if (!kind) return refusal('ROUTE_UNKNOWN')
  edge.requests.push(kind)
  const fault = edge.faults[0]
  if (fault?.on === kind) {
    edge.faults.shift()
    return isNoAnswer(fault.code) ? fault.code : refusal(fault.code)
  }
  try {
    const nowMs = edge.nowMs()
    const header = request.headers[proofHeader]
    const expected = { cluster, method, path, keys, nowMs }
    const proof = await verifyProof(typeof header === 'string' ? header : undefined, expected)
    if (nonces.has(proof.nonce)) return refusal('PROOF_REPLAYED')
    nonces.add(proof.nonce)
    const body = Buffer.concat(await request.toArray())
    await checkBody(proof, body)
    if (kind === 'blobs') return await takeBlobs(edge, body.toString())
    if (kind === 'buckets') return await takeBuckets(edge, body.toString())
    return kind === 'root'
      ? await takeRoot(edge, keys, nowMs, body.toString())
      : { root: edge.stored?.jws ?? null, ...(edge.stored?.buckets && { buckets: edge.stored.buckets }) }
  } catch (error) {
    if (error instanceof SnapshotError || error instanceof ProofError) return refusal(error.code)
    throw error
  }
}

function isNoAnswer(code: string): code is keyof typeof noAnswers {
  return code in noAnswers
}

async function takeBlobs(edge: TestEdge, body: string): Promise<Result> {
  const texts = decodeBlobLines(body)
  if (body.length > edge.declaration.maxBodyBytes) return refusal('BODY_TOO_LARGE')
  if (texts.length > edge.declaration.maxBlobsPerRequest) return refusal('BLOB_COUNT')
  for (const text of texts) edge.blobs.set(await hashBlob(text), text)
  return {}
}

async function takeBuckets(edge: TestEdge, body: string): Promise<Result> {
  if (body.length > edge.declaration.maxBodyBytes) return refusal('BODY_TOO_LARGE')
  for (const text of decodeBlobLines(body)) edge.buckets.set(await hashBlob(text), text)
  return {}
}

/** A root with its buckets, '' for an empty one, and the same root with its shards. */
type StoredRoot = VerifiedRoot & { readonly buckets?: readonly string[]; readonly whole: Root }

async function withBuckets(edge: TestEdge, verified: VerifiedRoot): Promise<StoredRoot> {
  const { root } = verified
  if (root.schema !== bucketSchema) return { ...verified, whole: root }
  const buckets = root.buckets.shards.map((hash) => edge.buckets.get(hash ?? '') ?? '')
  return { ...verified, buckets, whole: await unpackRoot(root, buckets) }
}

async function takeRoot(edge: TestEdge, keys: TrustedKeys, nowMs: number, value: string): Promise<Result> {
  const jws = jwsOf(value)
  const verified = await verifyRoot(jws, { cluster, keys, nowMs })
  if (!edge.declaration.schemas.includes(verified.root.schema)) return refusal('SCHEMA')
  await takeBuckets(edge, bucketsIn(value).join('\n'))
  const next = await withBuckets(edge, verified)
  for (const hash of blobsOf(next.whole)) if (!edge.blobs.has(hash)) return refusal('BLOB_MISSING')
  if (supersedes(edge.stored && { ...edge.stored.root, jws: edge.stored.jws }, { ...next.root, jws })) {
    if (edge.stored) checkPolicyKept(edge.stored.jws, next.root)
    edge.stored = next
    edge.rootTimes.push(nowMs)
  }
  return {}
}

function refusal(code: IngestCode): Result {
  return { error: { code, message: `refused with ${code}` } }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
