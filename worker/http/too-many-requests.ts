import { plain } from './plain-response.ts'
import type { DohResponse } from './request.ts'

/** The response to a request above its limit (RFC 6585 §4), whose next one is within the limit after `waitMs`. */
export function tooManyRequests(waitMs: number): DohResponse {
  const seconds = wholeSeconds(waitMs)
  return plain(429, `too many requests; ask again in ${seconds} s`, { 'retry-after': String(seconds) })
}

/** A time to wait (ms) as clients are told it: whole seconds, at least one. */
export function wholeSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1_000))
}
