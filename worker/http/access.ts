import type { EdgeConfig } from '../config.ts'
import { notFound, plain } from './doh.ts'
import type { DohResponse } from './request.ts'

/** Who asks. So far nobody can be told from anybody else. */
export type Caller = { readonly kind: 'anonymous' }

const anonymous: Caller = { kind: 'anonymous' }

const needsToken = plain(401, 'this edge answers holders of a token only: ask at /dns-query/<token>', {
  'www-authenticate': 'Bearer realm="kubedoh"',
})

/**
 * A token, from the path or from an Authorization header → the caller, or the response that turns him away.
 * Without a token only an edge whose configuration says `public` answers; no token is known to any edge yet,
 * and an unknown one looks like a path that does not exist.
 */
export function admit(
  token: string,
  authorization: string | undefined,
  config: EdgeConfig,
): Caller | DohResponse {
  if (token !== '' || authorization !== undefined) return notFound
  return config.public ? anonymous : needsToken
}
