import { maxMessageBytes } from '../../dns/limits.ts'
import type { Question } from '../../dns/read-query.ts'
import { type Response as DnsResponse, readResponse } from '../../dns/read-response.ts'
import { type Clock, within } from '../clock.ts'
import { dnsMessage } from '../http/media-types.ts'
import type { Fetch } from '../ports.ts'

/** Why a try came to nothing: nobody answered, or what came is no answer to the question. */
export type FailedTry = { readonly kind: 'network' | 'garbage'; readonly reason: string }

/**
 * Puts a query to one DoH server (RFC 8484 §4.1), for `ms` at most, and reads at most one message's bytes of
 * what comes back. Redirects are not followed. Rejects never.
 */
export async function askOnce(
  url: string,
  query: Uint8Array,
  question: Question,
  { fetch, clock, ms }: { readonly fetch: Fetch; readonly clock: Clock; readonly ms: number },
): Promise<DnsResponse | FailedTry> {
  const giveUp = new AbortController()
  const late: FailedTry = { kind: 'network', reason: `no answer within ${ms} ms` }
  try {
    const answer = await within(post(url, query, fetch, giveUp.signal), ms, late, clock)
    if (!(answer instanceof Uint8Array)) return answer
    const read = readResponse(answer, question)
    return typeof read === 'string' ? { kind: 'garbage', reason: read } : read
  } catch {
    // What a runtime says about a broken connection names addresses, and differs from one to the other.
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
): Promise<Uint8Array | FailedTry> {
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
