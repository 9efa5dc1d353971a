import type { DohResponse } from '../../worker/http/request.ts'
import { toWeb } from '../../worker/http/web.ts'

/**
 * The edge's response → a Response for Bun.serve, which adds Content-Length and leaves out the body of HEAD. With `isLast`
 * an HTTP/1.1 connection is closed after it; over HTTP/2 Bun drops that header and ends the stream. Throws TypeError for
 * an invalid header.
 */
export function writeResponse(response: DohResponse, isLast: boolean): Response {
  if (!isLast) return toWeb(response)
  return toWeb({ ...response, headers: { ...response.headers, connection: 'close' } })
}
