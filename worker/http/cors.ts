import type { DohRequest, DohResponse } from './request.ts'

/** The methods of the DoH path (RFC 9110 §10.2.1). */
export const allowedMethods = 'GET, HEAD, POST, OPTIONS'

/**
 * The origins whose scripts may read answers: all, or a list. Undefined means all origins for requests without a token,
 * and none for those with one.
 */
export type CorsRule = '*' | readonly string[] | undefined

type Headers = Readonly<Record<string, string>>

const anyOrigin: Headers = { 'access-control-allow-origin': '*' }
const noOrigin: Headers = {}
const unlistedOrigin: Headers = { vary: 'origin' }

/** The headers of each listed origin. Equal headers are one object, so that headers of answers can be kept (answer-headers.ts). */
const listed = new WeakMap<readonly string[], Map<string, Headers>>()

/** The headers that let scripts of the request's origin read the response, if the rule allows it (Fetch standard §3.2). */
export function corsHeaders(request: DohRequest, hasToken: boolean, rule: CorsRule): Headers {
  if (rule === undefined) return hasToken ? noOrigin : anyOrigin
  if (rule === '*') return anyOrigin
  const origin = request.header('origin')
  return origin === undefined || !rule.includes(origin) ? unlistedOrigin : listedOrigin(origin, rule)
}

function listedOrigin(origin: string, rule: readonly string[]): Headers {
  const known = listed.get(rule) ?? new Map<string, Headers>()
  listed.set(rule, known)
  const headers = known.get(origin) ?? { 'access-control-allow-origin': origin, ...unlistedOrigin }
  known.set(origin, headers)
  return headers
}

/**
 * The response to OPTIONS (RFC 9110 §9.3.7), a browser's preflight included: POST of a DNS message needs one (Fetch
 * standard, "CORS-preflight fetch"). A preflight carries no bearer token, but tells that one will follow.
 */
export function preflight(request: DohRequest, hasPathToken: boolean, rule: CorsRule): DohResponse {
  const wanted = request.header('access-control-request-headers') ?? ''
  const cors = corsHeaders(request, hasPathToken || /\bauthorization\b/i.test(wanted), rule)
  const headers = { allow: allowedMethods, ...cors, 'cache-control': 'no-store' }
  if (!('access-control-allow-origin' in cors)) return { status: 204, headers, body: '' }
  return {
    status: 204,
    headers: {
      ...headers,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': `accept, ${rule === undefined ? '' : 'authorization, '}content-type`,
      'access-control-max-age': '86400',
    },
    body: '',
  }
}
