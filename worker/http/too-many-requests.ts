import { plain } from './plain-response.ts'
import type { DohResponse } from './request.ts'

/** The response to a request above its limit (RFC 6585 §4), whose next one is within the limit after `waitMs`. */
export function tooManyRequests(waitMs: number): DohResponse {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return plain(429, `too many requests; ask again in ${seconds} s`, { 'retry-after': String(seconds) })
}
