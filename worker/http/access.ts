import type { EdgeConfig } from '../config.ts'
import { notFound, plain } from './plain-response.ts'
import type { DohResponse } from './request.ts'

/** The sender of a query. So far all callers are alike. */
export type Caller = { readonly kind: 'anonymous' }

const anonymous: Caller = { kind: 'anonymous' }

const needsToken = plain(
  401,
  'this edge does not answer callers without a token; set "public": true in its configuration to answer everybody',
  {
    'www-authenticate': 'Bearer realm="kubedoh"',
  },
)

/**
 * A token, from the path or from an Authorization header → the caller, or the response that rejects the request.
 * Without a token only an edge whose configuration says `public` answers. No edge knows any token yet, and an unknown
 * token gets the response of a path that does not exist.
 */
export function admit(
  token: string,
  authorization: string | undefined,
  config: EdgeConfig,
): Caller | DohResponse {
  if (token !== '' || authorization !== undefined) return notFound
  return config.public ? anonymous : needsToken
}
