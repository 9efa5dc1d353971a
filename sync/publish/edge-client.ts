import { type Declaration, encodeBlobLines, type IngestAnswer, ingestPaths } from '../../snapshot/ingest.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { type ProvenRequest, proofHeader, signProof } from '../../snapshot/proof.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import { errorText } from '../error-text.ts'
import { readRetryAfter } from '../retry-after.ts'
import { readAnswer } from './edge-answer.ts'
import { type EdgeClock, toEdgeTime, unknownEdgeClock, withReading } from './edge-clock.ts'
import { PublishError } from './errors.ts'
import { createSharedBytes } from './shared-bytes.ts'

/** The part of fetch that is used: the global one, undici's, or one that trusts another CA. */
export type Fetch = (
  url: string,
  init: ProvenRequest,
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

/** An edge to publish to. */
export type EdgePort = {
  /** Base URL of its ingest routes, as `edgeBaseUrl` returns it. */
  readonly url: string
  /** Sends requests to it; each edge may have its own proxy. */
  readonly fetch: Fetch
}

/** The ingest routes of one cluster. Every method throws PublishError, with the edge's code when the edge refused. */
export type EdgeClient = {
  /** The edge's declaration, and the root in its register with its buckets. */
  state(): Promise<Accepted>
  /** Stores the blobs of one request, whose number the declaration limits. */
  putBlobs(texts: readonly string[]): Promise<Declaration>
  /** Sends buckets of a root of schema 2. */
  putBuckets(texts: readonly string[]): Promise<Declaration>
  /** Makes a root (a compact JWS) the current one. For schema 2 `buckets` are those that the edge does not have yet. */
  putRoot(jws: string, buckets: readonly string[]): Promise<Declaration>
  /** The keys sent so far, whether or not they were written. */
  keysSent(): number
  /** The agent's time → the edge's (Unix ms), by the clock in its answers (see toEdgeTime). */
  toEdgeMs(ownMs: number): number
}

export type EdgeClientOptions = {
  /** Base URL without a final slash; proofs cover its path. */
  readonly url: string
  readonly cluster: string
  readonly key: SigningKey
  readonly fetch: Fetch
  /** The agent's clock, Unix ms; it may be wrong by any amount. */
  readonly nowMs: () => number
  readonly requestTimeoutMs: number
  /** Waits for short times that an answer asks for, and resolves early when the signal aborts; absent: never waits. */
  readonly sleep?: (ms: number) => Promise<void>
  /** Aborts every request. */
  readonly signal?: AbortSignal | undefined
}

/** The answer to a request that the edge accepted. */
type Accepted = {
  readonly declaration: Declaration
  readonly root: string | null
  readonly buckets: readonly string[]
}

/**
 * A request whose answer asks for a short wait is sent again after it: a large snapshot would never be complete if it began
 * again whenever it reaches the edge's limit. The longest such wait (ms), longer than the ten seconds of an edge's own
 * limits, and how many of them for one request.
 */
const longestShortWaitMs = 15_000
const maxShortWaits = 20

/** What requests share: the latest reading of the edge's clock, and the buffer of their bodies. */
type Shared = { readonly reading: { clock: EdgeClock }; readonly bytesOf: (text: string) => Uint8Array }

/**
 * A client of one edge. Proofs carry the edge's time, which is in every answer. When a proof is refused as expired,
 * the request is sent once more with a new proof, by the clock in the refusal. When an answer asks for a short wait
 * (Retry-After), the request is sent again after it.
 */
export function createEdgeClient(options: EdgeClientOptions): EdgeClient {
  const reading = { clock: unknownEdgeClock }
  const shared: Shared = { reading, bytesOf: createSharedBytes() }
  const paths = { state: ingestPaths.state(options.cluster), blobs: ingestPaths.blobs(options.cluster) }
  let keys = 0
  const sendOnce = async (method: string, path: string, body: string): Promise<Accepted> => {
    try {
      return await exchange(options, shared, method, path, body)
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'PROOF_EXPIRED') throw error
      return exchange(options, shared, method, path, body)
    }
  }
  const send = async (method: string, path: string, body = ''): Promise<Accepted> => {
    for (let waits = 0; ; waits++) {
      try {
        return await sendOnce(method, path, body)
      } catch (error) {
        const waitMs = error instanceof PublishError ? error.retryAfterMs : 0
        const isShort = waitMs > 0 && waitMs <= longestShortWaitMs && waits < maxShortWaits
        if (!options.sleep || !isShort) throw error
        await options.sleep(waitMs)
        options.signal?.throwIfAborted()
      }
    }
  }
  return {
    state: () => send('GET', paths.state),
    putBlobs: async (texts) => {
      keys += texts.length
      return (await send('POST', paths.blobs, encodeBlobLines(texts))).declaration
    },
    putBuckets: async (texts) =>
      (await send('POST', ingestPaths.buckets(options.cluster), encodeBlobLines(texts))).declaration,
    putRoot: async (jws, buckets) => {
      keys++
      const value = joinRootValue(jws, buckets)
      return (await send('POST', ingestPaths.root(options.cluster), value)).declaration
    },
    keysSent: () => keys,
    toEdgeMs: (ownMs) => toEdgeTime(reading.clock, ownMs),
  }
}

async function exchange(
  options: EdgeClientOptions,
  { reading, bytesOf }: Shared,
  method: string,
  route: string,
  text: string,
): Promise<Accepted> {
  const url = options.url + route
  // The hash in the proof is of the bytes that are here now: later calls, of other requests, replace them.
  const body = bytesOf(text)
  const sentMs = options.nowMs()
  const { origin: audience, pathname: path } = new URL(url)
  const request = { cluster: options.cluster, method, path, audience, body }
  const proof = await signProof(request, options.key, toEdgeTime(reading.clock, sentMs))
  const answer = await ask(options, url, method, proof, text)
  if (answer.declaration) {
    // The edge read its clock between the two times; their middle is wrong by at most half of the round trip.
    const ownMs = (sentMs + options.nowMs()) / 2
    const roundTripMs = options.nowMs() - sentMs
    reading.clock = withReading(reading.clock, {
      ...{ ownMs, aheadMs: answer.declaration.clockMs - ownMs, roundTripMs },
    })
  }
  if (answer.error) {
    throw new PublishError(answer.error.code, `${method} ${url}: ${answer.error.message}`)
  }
  if (!answer.declaration)
    throw new PublishError('EDGE_ANSWER', `${method} ${url}: the answer has no declaration`)
  return { declaration: answer.declaration, root: answer.root ?? null, buckets: answer.buckets ?? [] }
}

async function ask(
  options: EdgeClientOptions,
  url: string,
  method: string,
  proof: string,
  body: string,
): Promise<IngestAnswer> {
  const limit = AbortSignal.timeout(options.requestTimeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  let status: number
  let text: string
  let retryAfterMs: number
  try {
    const headers = { [proofHeader]: proof, 'content-type': 'text/plain' }
    const init = { method, headers, signal, redirect: 'error' as const }
    const response = await options.fetch(url, method === 'GET' ? init : { ...init, body })
    status = response.status
    retryAfterMs = readRetryAfter(response.headers.get('retry-after'), response.headers.get('date'))
    text = await response.text()
  } catch (error) {
    options.signal?.throwIfAborted()
    throw new PublishError(
      'EDGE_UNREACHABLE',
      `${method} ${url}: ${problemOf(error, options.requestTimeoutMs)}`,
    )
  }
  try {
    return readAnswer(status, text, retryAfterMs)
  } catch (error) {
    if (!(error instanceof PublishError)) throw error
    throw new PublishError(error.code, `${method} ${url}: ${error.message}`, error.retryable, retryAfterMs)
  }
}

function problemOf(error: unknown, requestTimeoutMs: number): string {
  return isTimeout(error) ? `no answer within ${requestTimeoutMs} ms` : errorText(error)
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause))
}
