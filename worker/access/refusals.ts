import { plain } from '../http/plain-response.ts'

/** The response to callers without a token that may not ask what they asked. */
export const needsToken = plain(
  401,
  'this needs a token: use the URL /dns-query/TOKEN, or send "Authorization: Bearer TOKEN"; the operator of the cluster makes one with "kubedoh token create"',
  { 'www-authenticate': 'Bearer realm="kubedoh"' },
)

/** The response to tokens of a cluster whose access policy cannot be read now. */
export const policyUnavailable = plain(503, 'the access policy cannot be read now; ask again later', {
  'retry-after': '5',
})
