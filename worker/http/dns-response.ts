import type { Root } from '../../snapshot/schema.ts'
import { anyOrigin } from './cors.ts'
import { jsonError, writeJson } from './json.ts'
import { dnsMessage, jsonType } from './media-types.ts'
import type { DohResponse } from './request.ts'
import { factsOf, snapshotHeader, writeSnapshotHeader } from './snapshot-header.ts'

/** A DNS answer before it is written as wire format or JSON. */
export type DnsAnswer = {
  readonly message: Uint8Array
  /** How long HTTP caches may store the answer, in seconds; undefined: they must not store it. */
  readonly maxAge: number | undefined
  /** The root of the snapshot behind the answer; undefined when no snapshot was needed or available. */
  readonly root: Root | undefined
  /** Unix ms. */
  readonly nowMs: number
}

/**
 * An answer, or the response that refuses the request → the response in the media type `form` (from formOf in doh.ts).
 * Every DNS answer has status 200, regardless of its rcode (RFC 8484 §4.2.1).
 */
export function writeResponse(answer: DnsAnswer | DohResponse, form: string): DohResponse {
  if ('status' in answer) return form === dnsMessage ? answer : refusalAsJson(answer)
  const { message, maxAge, root, nowMs } = answer
  const headers: Record<string, string> = {
    'content-type': form,
    'cache-control': maxAge === undefined ? 'no-store' : `max-age=${maxAge}`,
    ...anyOrigin,
  }
  if (root) headers[snapshotHeader] = writeSnapshotHeader(root, nowMs)
  if (form === dnsMessage) return { status: 200, headers, body: message }
  headers.vary = 'accept'
  return { status: 200, headers, body: writeJson(message, root && factsOf(root, nowMs)) }
}

/** The same refusal with its text as JSON; other headers, such as Retry-After, stay. */
function refusalAsJson(refusal: DohResponse): DohResponse {
  if (typeof refusal.body !== 'string' || refusal.headers['content-type'] === jsonType) return refusal
  const { status, headers, body } = jsonError(refusal.status, refusal.body.trim())
  return { status, headers: { ...refusal.headers, ...headers }, body }
}
