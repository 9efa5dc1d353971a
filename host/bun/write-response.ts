import type { DohResponse } from '../../worker/http/request.ts'

/**
 * The edge's response → a Response for Bun.serve, which adds Content-Length and leaves out the bodies of HEAD and 204.
 * With `isLast` an HTTP/1.1 connection is closed after it; over HTTP/2 Bun drops that header and ends the stream. Throws
 * TypeError for an invalid header.
 */
export function writeResponse({ status, headers, body }: DohResponse, isLast: boolean): Response {
  const all = isLast ? { ...headers, connection: 'close' } : headers
  const content = status === 204 || status === 304 ? null : (body as string | Uint8Array<ArrayBuffer>)
  return new Response(content, { status, headers: all })
}
