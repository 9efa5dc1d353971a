import { maxMessageBytes } from '../../dns/limits.ts'
import type { Question } from '../../dns/message/read-query.ts'
import { type Response as DnsResponse, readResponse } from '../../dns/message/read-response.ts'
import { type Clock, within } from '../clock.ts'
import { dnsMessage } from '../http/media-types.ts'
import type { Fetch } from '../ports.ts'

/** Why an attempt failed: no answer arrived ('network'), or the bytes are not an answer to the question ('garbage'). */
export type FailedAttempt = { readonly kind: 'network' | 'garbage'; readonly reason: string }

/**
 * Sends a query to one DoH server by POST (RFC 8484 §4.1) and waits at most `ms` for the answer. It reads no more than
 * the longest DNS message of the response, and follows no redirects. Never rejects.
 */
export async function askOnce(
  url: string,
  query: Uint8Array,
  question: Question,
  { fetch, clock, ms }: { readonly fetch: Fetch; readonly clock: Clock; readonly ms: number },
): Promise<DnsResponse | FailedAttempt> {
  const giveUp = new AbortController()
  const late: FailedAttempt = { kind: 'network', reason: `no answer within ${ms} ms` }
  try {
    const answer = await within(post(url, query, fetch, giveUp.signal), ms, late, clock)
    if (!(answer instanceof Uint8Array)) return answer
    const read = readResponse(answer, question)
    return typeof read === 'string' ? { kind: 'garbage', reason: read } : read
  } catch {
    // The runtime's own error text contains addresses, and differs between runtimes.
    return { kind: 'network', reason: 'no connection' }
  } finally {
    giveUp.abort()
  }
}

async function post(
  url: string,
  query: Uint8Array,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Uint8Array | FailedAttempt> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': dnsMessage, accept: dnsMessage },
    body: query as Uint8Array<ArrayBuffer>,
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200) return { kind: 'garbage', reason: `HTTP status ${response.status}` }
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== dnsMessage) return { kind: 'garbage', reason: 'not a DNS message' }
  const body = new Uint8Array(maxMessageBytes)
  let length = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array
    if (length + bytes.length > maxMessageBytes)
      return { kind: 'garbage', reason: `more than ${maxMessageBytes} bytes` }
    body.set(bytes, length)
    length += bytes.length
  }
  return body.slice(0, length)
}
