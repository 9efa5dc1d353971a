import type { DohResponse } from './request.ts'
import { snapshotHeader } from './snapshot-header.ts'

/** The methods of the DoH path (RFC 9110 §10.2.1). */
export const allowedMethods = 'GET, HEAD, POST, OPTIONS'

/**
 * The answer to OPTIONS (RFC 9110 §9.3.7), a browser's preflight included: POST of a DNS message needs one (Fetch
 * standard, "CORS-preflight fetch"). It is the same for everybody, as a preflight carries no credentials.
 */
export const preflight: DohResponse = {
  status: 204,
  headers: {
    allow: allowedMethods,
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'accept, authorization, content-type',
    'access-control-max-age': '86400',
    'cache-control': 'no-store',
  },
  body: '',
}

/**
 * A response as every caller of the DoH path gets it: readable for scripts of any origin, and for shared caches
 * only where the answer does not depend on who asked (RFC 9111 §5.2.2.7).
 */
export function forCaller(response: DohResponse, hasToken: boolean): DohResponse {
  const cacheControl = response.headers['cache-control'] ?? 'no-store'
  const headers = {
    ...response.headers,
    'cache-control': hasToken && cacheControl !== 'no-store' ? `private, ${cacheControl}` : cacheControl,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': snapshotHeader,
  }
  return { ...response, headers }
}
