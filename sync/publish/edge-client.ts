import { type Declaration, encodeBlobLines, type IngestAnswer, ingestPaths } from '../../snapshot/ingest.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { readAnswer } from './edge-answer.ts'
import { type EdgeClock, toEdgeTime, unknownEdgeClock, withReading } from './edge-clock.ts'
import { PublishError } from './errors.ts'

/** The part of fetch that is used: the global one, undici's, or one with a CA of its own. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: Uint8Array<ArrayBuffer>
    readonly signal: AbortSignal
    readonly redirect: 'error'
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>

/** One cluster's ingest routes. Every method throws PublishError, with the edge's code when it refused. */
export type EdgeClient = {
  /** What the edge declares, and the root that its register holds. */
  state(): Promise<{ readonly declaration: Declaration; readonly root: string | null }>
  /** Stores blobs, as many as one request may carry. */
  putBlobs(texts: readonly string[]): Promise<Declaration>
  /** Makes a root, a compact JWS, the current one. */
  putRoot(jws: string): Promise<Declaration>
  /** Keys that were sent to be written, whatever came of them. */
  keysSent(): number
  /** The agent's time → the edge's, as its answers showed it (see toEdgeTime). Unix ms. */
  toEdgeMs(ownMs: number): number
}

export type EdgeClientOptions = {
  /** Base URL without a final slash; a path in it is part of what proofs are made for. */
  readonly url: string
  readonly cluster: string
  readonly key: SigningKey
  readonly fetch: Fetch
  /** The agent's clock, Unix ms; it may be wrong by any amount. */
  readonly nowMs: () => number
  readonly requestTimeoutMs: number
  /** Aborts every request. */
  readonly signal?: AbortSignal | undefined
}

type Clock = { edge: EdgeClock }

/**
 * A client of one edge. Proofs are dated in the edge's time, which every answer tells; a proof refused as
 * expired is made anew once, by the clock in that refusal.
 */
export function createEdgeClient(options: EdgeClientOptions): EdgeClient {
  const clock: Clock = { edge: unknownEdgeClock }
  const paths = { state: ingestPaths.state(options.cluster), blobs: ingestPaths.blobs(options.cluster) }
  let keys = 0
  const send = async (method: string, path: string, body = ''): Promise<Answer> => {
    try {
      return await exchange(options, clock, method, path, body)
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'PROOF_EXPIRED') throw error
      return exchange(options, clock, method, path, body)
    }
  }
  return {
    state: () => send('GET', paths.state),
    putBlobs: async (texts) => {
      keys += texts.length
      return (await send('POST', paths.blobs, encodeBlobLines(texts))).declaration
    },
    putRoot: async (jws) => {
      keys++
      return (await send('POST', ingestPaths.root(options.cluster), jws)).declaration
    },
    keysSent: () => keys,
    toEdgeMs: (ownMs) => toEdgeTime(clock.edge, ownMs),
  }
}

type Answer = { readonly declaration: Declaration; readonly root: string | null }

async function exchange(
  options: EdgeClientOptions,
  clock: Clock,
  method: string,
  route: string,
  text: string,
): Promise<Answer> {
  const url = options.url + route
  const body = new TextEncoder().encode(text)
  const sentMs = options.nowMs()
  const request = { cluster: options.cluster, method, path: new URL(url).pathname, body }
  const proof = await signProof(request, options.key, toEdgeTime(clock.edge, sentMs))
  const answer = await ask(options, url, method, proof, body)
  if (answer.declaration) {
    // The edge read its clock somewhere between; the middle is wrong by at most half of the round trip.
    const ownMs = (sentMs + options.nowMs()) / 2
    const roundTripMs = options.nowMs() - sentMs
    clock.edge = withReading(clock.edge, { ownMs, aheadMs: answer.declaration.clockMs - ownMs, roundTripMs })
  }
  if (answer.error) {
    throw new PublishError(answer.error.code, `${method} ${url}: ${answer.error.message}`)
  }
  if (!answer.declaration)
    throw new PublishError('EDGE_ANSWER', `${method} ${url}: the edge declares nothing`)
  return { declaration: answer.declaration, root: answer.root ?? null }
}

async function ask(
  options: EdgeClientOptions,
  url: string,
  method: string,
  proof: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<IngestAnswer> {
  const limit = AbortSignal.timeout(options.requestTimeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  let status: number
  let text: string
  try {
    const headers = { [proofHeader]: proof, 'content-type': 'text/plain' }
    const init = { method, headers, signal, redirect: 'error' as const }
    const response = await options.fetch(url, method === 'GET' ? init : { ...init, body })
    status = response.status
    text = await response.text()
  } catch (error) {
    options.signal?.throwIfAborted()
    throw new PublishError('EDGE_UNREACHABLE', `${method} ${url}: ${causeOf(error, options)}`)
  }
  try {
    return readAnswer(status, text)
  } catch (error) {
    if (!(error instanceof PublishError)) throw error
    throw new PublishError(error.code, `${method} ${url}: ${error.message}`, error.retryable)
  }
}

/** fetch says "fetch failed" and hides what a person needs in a chain of causes. */
function causeOf(error: unknown, { requestTimeoutMs }: EdgeClientOptions): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${requestTimeoutMs} ms`
  if (error.cause instanceof Error) return causeOf(error.cause, { requestTimeoutMs } as EdgeClientOptions)
  const { code } = error as { code?: unknown }
  return error.message || (typeof code === 'string' ? code : error.name)
}
