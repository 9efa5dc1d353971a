import type { SignedRoot } from '../../snapshot/schema.ts'
import type { Subject } from '../answer/subject.ts'
import { type Audience, answerHeaders } from './answer-headers.ts'
import { documentHeaders } from './document-headers.ts'
import { jsonError } from './json-error.ts'
import { dnsMessage, jsonType } from './media-types.ts'
import type { DohResponse } from './request.ts'
import { factsOf } from './snapshot-header.ts'

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

/**
 * An answer, or the response that refuses the request → the response in the media type `form` (from formOf in doh.ts).
 * Every DNS answer has status 200, regardless of its rcode (RFC 8484 §4.2.1). Without a promise unless the answer is JSON.
 */
export function writeResponse(
  answer: DnsAnswer | DohResponse,
  form: string,
  audience: Audience,
): DohResponse | Promise<DohResponse> {
  if ('status' in answer) {
    const { status, headers, body } = form === dnsMessage ? answer : refusalAsJson(answer)
    return { status, headers: { ...headers, ...audience.cors }, body }
  }
  const { message, maxAge, root, nowMs } = answer
  const headers = answerHeaders(form, maxAge, root, nowMs, audience)
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

/** The same refusal with its text as JSON; other headers, such as Retry-After, stay. */
function refusalAsJson(refusal: DohResponse): DohResponse {
  if (typeof refusal.body !== 'string' || refusal.headers['content-type'] === jsonType) return refusal
  const { status, headers, body } = jsonError(refusal.status, refusal.body.trim())
  return { status, headers: { ...refusal.headers, ...headers }, body }
}
