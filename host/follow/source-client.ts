import { SnapshotError } from '../../snapshot/errors.ts'
import {
  decodeTexts,
  encodeTexts,
  type FollowHead,
  followAnswerBytes,
  followPaths,
  readHead,
} from '../../snapshot/follow.ts'
import { maxBodyBytes } from '../../snapshot/ingest.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { type ProvenRequest, proofHeader, signProof } from '../../snapshot/proof.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import { errorText } from '../errors.ts'
import { FollowError } from './errors.ts'
import { readText } from './read-text.ts'

/** The part of fetch that is used. */
export type FollowFetch = (
  url: string,
  init: ProvenRequest,
) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> | null }>

/** The edge that is followed. */
export type SourcePlace = {
  /** Its base URL without a final slash; proofs cover its path. */
  readonly url: string
  /** The key that the source lists under `followers`. */
  readonly key: SigningKey
  readonly fetch: FollowFetch
}

/** The routes of a source for one cluster. Nothing that it answers is trusted. Every method rejects with FollowError. */
export type SourceClient = {
  /** The newest root; null if the source has none. */
  head(): Promise<FollowHead | null>
  /** The JWS with this hash, unchecked; '' if the source does not have it now. */
  root(hash: BlobHash): Promise<string>
  /** The unchecked texts of the first of these blobs, at least of one; null for those that are not there. */
  texts(hashes: readonly BlobHash[]): Promise<(string | null)[]>
}

/** The time limit of a request, its body included (ms). */
const requestTimeoutMs = 10_000

/** The maximum sizes of answers (bytes). A root and a blob were once the body of a request to an edge. */
const maxHeadBytes = 1_024
const maxRootBytes = maxBodyBytes
const maxTextsBytes = followAnswerBytes + maxBodyBytes + 1

/** Asks a source with a new proof for each request. `nowMs` returns Unix ms; `signal` ends requests under way. */
export function createSourceClient(
  { url, key, fetch }: SourcePlace,
  cluster: string,
  { nowMs, signal }: { readonly nowMs: () => number; readonly signal: AbortSignal },
): SourceClient {
  async function ask(route: string, maxBytes: number, text?: string): Promise<string> {
    const place = new URL(url + route)
    const method = text === undefined ? 'GET' : 'POST'
    const body = new TextEncoder().encode(text ?? '')
    const request = { cluster, method, path: place.pathname, audience: place.origin, body }
    const headers = {
      [proofHeader]: await signProof(request, key, nowMs(), 'kubedoh-follow'),
      ...(text !== undefined && { 'content-type': 'text/plain' }),
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)])
    const init = { method, headers, signal: limit, redirect: 'error' as const }
    return send(place.href, text === undefined ? init : { ...init, body }, maxBytes)
  }

  async function send(href: string, init: ProvenRequest, maxBytes: number): Promise<string> {
    try {
      const response = await fetch(href, init)
      const answer = await readText(response.body, maxBytes)
      if (response.status === 404) throw new FollowError('SOURCE_REFUSES', refusal(href))
      if (response.status !== 200)
        throw new FollowError('SOURCE_ANSWER', `${href} has status ${response.status}`)
      if (answer !== undefined) return answer
    } catch (error) {
      if (error instanceof FollowError) throw error
      const reason = init.signal.aborted ? `no answer within ${requestTimeoutMs} ms` : causeOf(error)
      throw new FollowError('SOURCE_UNREACHABLE', `${href}: ${reason}`, { cause: error })
    }
    throw new FollowError('SOURCE_ANSWER', `${href} has more than ${maxBytes} bytes`)
  }

  return {
    head: async () => parsed(await ask(followPaths.head(cluster), maxHeadBytes), readHead),
    root: (hash) => ask(followPaths.root(cluster, hash), maxRootBytes),
    texts: async (hashes) => {
      const body = encodeTexts(hashes)
      const answer = await ask(followPaths.blobs(cluster), maxTextsBytes, body)
      return parsed(answer, (text) => decodeTexts(text, hashes.length))
    },
  }
}

function refusal(href: string): string {
  return `${href} is not served to this key: the source must be self-hosted, list the key under "followers" of the cluster, name this URL's origin in its ingestOrigins if it has any, and have the same time to two minutes; its log has the reason`
}

/** Undici hides the reason in the cause. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : errorText(error)
}

function parsed<T>(text: string, read: (text: string) => T): T {
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new FollowError('SOURCE_ANSWER', error.message, { cause: error })
  }
}
