import type { DohRequest } from '../../worker/http/request.ts'
import { leftPeer } from '../http/peer-address.ts'
import type { BunServer } from './bun-serve.ts'
import { type BodyTerms, readBody } from './read-body.ts'

/** A DohRequest over a Request of Bun.serve. */
export type ReadRequest = DohRequest & {
  /** Whether a part of the request's body may still arrive. */
  isUnread: boolean
}

/**
 * A Request → the edge's request. Bun does not report the version of HTTP, so `transport` is absent. The path is the one
 * of a URL: Bun has resolved `..` in it.
 */
export function readRequest(
  request: Request,
  server: Pick<BunServer, 'requestIP'>,
  terms: BodyTerms,
): ReadRequest {
  const { method, url, headers } = request
  // The parts of the URL are cut by hand, because `new URL` would cost more than the rest of this. A request of HTTP/1.0
  // without Host has only the path.
  const pathAt = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('//') + 2)
  const queryAt = url.indexOf('?', pathAt)
  const read: ReadRequest = {
    method,
    path: queryAt < 0 ? url.slice(pathAt) : url.slice(pathAt, queryAt),
    query: queryAt < 0 ? '' : url.slice(queryAt + 1),
    // A getter in an object literal would cost JavaScriptCore more than the address that it could save.
    peer: server.requestIP(request)?.address ?? leftPeer,
    isUnread: method !== 'GET' && method !== 'HEAD',
    header: (name) => headers.get(name) ?? undefined,
    body: (maxBytes) =>
      readBody(request, maxBytes, terms, () => {
        read.isUnread = false
      }),
  }
  return read
}
