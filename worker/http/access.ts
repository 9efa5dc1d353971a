import type { EdgeConfig } from '../config.ts'
import { notFound, plain } from './plain-response.ts'
import type { DohResponse } from './request.ts'

/** The sender of a query. All callers are anonymous so far. */
export type Caller = { readonly kind: 'anonymous' }

const anonymous: Caller = { kind: 'anonymous' }

const needsToken = plain(
  401,
  'this edge does not answer callers without a token; set "public": true in its configuration to answer all callers',
  {
    'www-authenticate': 'Bearer realm="kubedoh"',
  },
)

/**
 * A token, from the path or from an Authorization header → the caller, or the response that rejects the request.
 * Callers without a token need an edge with `public: true`. There are no valid tokens yet: every token gets the response
 * of an unknown path.
 */
export function admit(
  token: string,
  authorization: string | undefined,
  config: EdgeConfig,
): Caller | DohResponse {
  if (token !== '' || authorization !== undefined) return notFound
  return config.public ? anonymous : needsToken
}
