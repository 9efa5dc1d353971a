/**
 * The time (ms) that a response's Retry-After asks to wait: seconds, or a date (RFC 9110 §10.2.3), which is relative to
 * the response's own date. 0 without the header, and for any other text. The caller must limit it: a proxy may ask for
 * any time.
 */
export function readRetryAfter(retryAfter: unknown, date: unknown): number {
  const seconds = Number(retryAfter ?? undefined)
  const ms = Number.isNaN(seconds)
    ? Date.parse(String(retryAfter)) - Date.parse(String(date))
    : seconds * 1000
  return ms > 0 ? ms : 0
}
