import type { DohRequest } from '../../worker/http/request.ts'
import type { Running, RunningRequests } from '../http/deadlines.ts'
import { leftPeer } from '../http/peer-address.ts'
import { readTarget } from '../http/request-target.ts'
import type { BunServer } from './bun-serve.ts'
import { readBody } from './read-body.ts'

/** A DohRequest over a Request of Bun.serve. */
export type ReadRequest = DohRequest & {
  /** Whether a part of the request's body may still arrive. */
  isUnread(): boolean
}

/**
 * A Request → the edge's request. Bun does not report the version of HTTP, so `transport` is absent. The path is the one
 * of a URL: Bun has resolved `..` in it.
 */
export function readRequest(
  request: Request,
  server: Pick<BunServer, 'requestIP'>,
  running: Running,
  { requests, bodyMs }: { readonly requests: RunningRequests; readonly bodyMs: number },
): ReadRequest {
  const { method } = request
  let isUnread = method !== 'GET' && method !== 'HEAD'
  return {
    method,
    ...readTarget(request.url),
    get peer() {
      return server.requestIP(request)?.address ?? leftPeer
    },
    header: (name) => request.headers.get(name) ?? undefined,
    async body(maxBytes) {
      const body = await readBody(request, { maxBytes, bodyMs, running, requests })
      isUnread = body === 'too-large'
      return body
    },
    isUnread: () => isUnread,
  }
}
