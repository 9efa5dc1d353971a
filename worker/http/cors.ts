import type { DohResponse } from './request.ts'

/** The methods of the DoH path (RFC 9110 §10.2.1). */
export const allowedMethods = 'GET, HEAD, POST, OPTIONS'

/** Lets scripts of any origin read a response. */
export const anyOrigin = { 'access-control-allow-origin': '*' }

/**
 * The answer to OPTIONS (RFC 9110 §9.3.7), a browser's preflight included: POST of a DNS message needs one (Fetch
 * standard, "CORS-preflight fetch"). It is the same for everybody, as a preflight carries no credentials.
 */
export const preflight: DohResponse = {
  status: 204,
  headers: {
    allow: allowedMethods,
    ...anyOrigin,
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'accept, authorization, content-type',
    'access-control-max-age': '86400',
    'cache-control': 'no-store',
  },
  body: '',
}

/**
 * A response as every caller of the DoH path gets it: readable for scripts of any origin, and for shared caches
 * only where the answer does not depend on who asked (RFC 9111 §5.2.2.7). One that says so already stays as it is.
 */
export function forCaller(response: DohResponse, hasToken: boolean): DohResponse {
  if (!hasToken && 'access-control-allow-origin' in response.headers) return response
  const cacheControl = response.headers['cache-control'] ?? 'no-store'
  const headers = {
    ...response.headers,
    ...anyOrigin,
    'cache-control': hasToken && cacheControl !== 'no-store' ? `private, ${cacheControl}` : cacheControl,
  }
  return { ...response, headers }
}
