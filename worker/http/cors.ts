import type { DohResponse } from './request.ts'

/** The methods of the DoH path (RFC 9110 §10.2.1). */
export const allowedMethods = 'GET, HEAD, POST, OPTIONS'

/** The header that lets scripts of any origin read a response. */
export const anyOrigin = { 'access-control-allow-origin': '*' }

/**
 * The response to OPTIONS (RFC 9110 §9.3.7), a browser's preflight included: POST of a DNS message needs one (Fetch
 * standard, "CORS-preflight fetch"). A preflight carries no credentials, so all callers get the same.
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
 * Makes a response of the DoH path readable for scripts of any origin, and private if the request had a token (RFC 9111
 * §5.2.2.7). Returns a response unchanged that already has the right headers.
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
