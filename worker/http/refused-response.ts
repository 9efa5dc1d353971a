import type { Refused } from '../access/refused.ts'
import { notFound, plain } from './plain-response.ts'
import type { DohResponse } from './request.ts'
import { tooManyRequests } from './too-many-requests.ts'

const needsToken = plain(
  401,
  'this needs a token: use the URL /dns-query/TOKEN, or send "Authorization: Bearer TOKEN"; the operator of the cluster makes one with "kubedoh token create"',
  { 'www-authenticate': 'Bearer realm="kubedoh"' },
)

const policyUnavailable = plain(503, 'the access policy cannot be read now; ask again later', {
  'retry-after': '5',
})

/** The response to a refused caller or query. Everything that is not valid has the response of an unknown path. */
export function refusedResponse(refused: Refused): DohResponse {
  switch (refused.refused) {
    case 'token-invalid':
      return notFound
    case 'token-missing':
      return needsToken
    case 'policy-unavailable':
      return policyUnavailable
    case 'over-limit':
      return tooManyRequests(refused.waitMs)
    case 'unreadable':
      return plain(400, refused.reason)
  }
}
