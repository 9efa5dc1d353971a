import type { SignedRoot } from '../../snapshot/schema.ts'
import type { Subject } from '../answer/subject.ts'
import { documentHeaders } from './document-headers.ts'
import { jsonError } from './json-error.ts'
import { dnsMessage, jsonType } from './media-types.ts'
import type { DohResponse } from './request.ts'
import { factsOf, snapshotHeader, writeSnapshotHeader } from './snapshot-header.ts'

/** A DNS answer before it is written as wire format or JSON. */
export type DnsAnswer = {
  readonly message: Uint8Array
  readonly rcode: number
  readonly subject: Subject
  /** How long HTTP caches may store the answer, in seconds; undefined: they must not store it. */
  readonly maxAge: number | undefined
  /** The root of the snapshot behind the answer; undefined when no snapshot was needed or available. */
  readonly root: SignedRoot | undefined
  /** Unix ms. */
  readonly nowMs: number
}

/** What the headers of a response depend on, apart from the answer. */
export type Audience = {
  /** The headers from corsHeaders in cors.ts. */
  readonly cors: Readonly<Record<string, string>>
  /** Whether shared caches must not store the answer, because the request had a token (RFC 9111 §5.2.2.7). */
  readonly isPrivate: boolean
  /** Whether a caller with a token may see another cluster's names in the same zone. */
  readonly hasOtherClusters: boolean
}

/**
 * An answer, or the response that refuses the request → the response in the media type `form` (from formOf in doh.ts).
 * Every DNS answer has status 200, regardless of its rcode (RFC 8484 §4.2.1). Without a promise unless the answer is JSON.
 */
export function writeResponse(
  answer: DnsAnswer | DohResponse,
  form: string,
  audience: Audience,
): DohResponse | Promise<DohResponse> {
  const { cors, isPrivate } = audience
  if ('status' in answer) {
    const { status, headers, body } = form === dnsMessage ? answer : refusalAsJson(answer)
    return { status, headers: { ...headers, ...cors }, body }
  }
  const { message, maxAge, root, nowMs } = answer
  const headers: Record<string, string> = {
    'content-type': form,
    'cache-control': cacheControl(maxAge, isPrivate),
    ...cors,
  }
  if (root) headers[snapshotHeader] = writeSnapshotHeader(root, nowMs)
  const vary = varyOf(answer, form, audience)
  if (vary !== '') headers.vary = vary
  if (form === dnsMessage) return { status: 200, headers, body: message }
  return jsonResponse(answer, headers)
}

async function jsonResponse(
  { message, root, nowMs }: DnsAnswer,
  headers: Readonly<Record<string, string>>,
): Promise<DohResponse> {
  const { writeJson } = await import('./json.ts')
  const body = writeJson(message, root && factsOf(root, nowMs))
  return { status: 200, headers: { ...documentHeaders, ...headers }, body }
}

/**
 * The request headers that the answer depends on (RFC 9110 §12.5.5). Where a token may lead to another answer, one of them is
 * Authorization: a cache must not give the answer for callers without a token to one with a bearer token at the same URL,
 * nor the reverse.
 */
function varyOf({ root }: DnsAnswer, form: string, { cors, isPrivate, hasOtherClusters }: Audience): string {
  const names = form === dnsMessage ? [] : ['accept']
  if (cors.vary !== undefined) names.push(cors.vary)
  if (isPrivate || root?.policy || hasOtherClusters) names.push('authorization')
  return names.join(', ')
}

function cacheControl(maxAge: number | undefined, isPrivate: boolean): string {
  if (maxAge === undefined) return 'no-store'
  return isPrivate ? `private, max-age=${maxAge}` : `max-age=${maxAge}`
}

/** The same refusal with its text as JSON; other headers, such as Retry-After, stay. */
function refusalAsJson(refusal: DohResponse): DohResponse {
  if (typeof refusal.body !== 'string' || refusal.headers['content-type'] === jsonType) return refusal
  const { status, headers, body } = jsonError(refusal.status, refusal.body.trim())
  return { status, headers: { ...refusal.headers, ...headers }, body }
}
