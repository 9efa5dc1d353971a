import { expiryOfMintedToken } from '../../snapshot/policy/minted-token.ts'
import { defineCheck, type Found, type Outcome } from '../define-check.ts'
import type { Facts } from '../facts.ts'
import { type EdgeResponse, isFailed } from '../ports.ts'

const findings = {
  ok: { state: 'ok', text: 'The edge accepts the token.' },
  anonymous: { state: 'ok', text: 'The edge answers without a token.' },
  ended: {
    state: 'problem',
    text: 'The token ended at {until}.',
    remedy: 'Get a new one, for example with `kubedoh token mint`.',
  },
  invalid: {
    state: 'problem',
    text: 'The edge does not accept the token (404): it is mistyped, expired, revoked, or of a cluster that this edge does not serve. The edge does not say which.',
    remedy:
      'Copy the URL again, or ask the operator of the cluster: `kubedoh token list` shows valid tokens, `kubedoh token create` makes one.',
  },
  noPath: {
    state: 'problem',
    text: 'The server has no DoH path {path} (404).',
    remedy: 'Correct the path of the URL; an edge has /dns-query, and /dns-query/TOKEN.',
  },
  missing: {
    state: 'problem',
    text: 'The edge needs a token (401).',
    remedy:
      'Use the URL /dns-query/TOKEN. The operator of the cluster makes a token with `kubedoh token create`.',
  },
  policyUnavailable: {
    state: 'problem',
    text: "The edge cannot check the token now (503): it has no readable access policy of the token's cluster.",
    remedy:
      'Wait and try again. If it stays so, the agent of the cluster has not published: look at its log.',
  },
  overLimit: {
    state: 'problem',
    text: 'The edge limits the rate of requests from here (429).',
    remedy:
      'Wait a few seconds. If it comes back, another program asks too often with this token or from this address.',
  },
  redirected: {
    state: 'problem',
    text: 'The server redirects to {location} ({status}), which DoH clients do not follow.',
    remedy: 'Use the URL of the edge itself. In a hotel or train, log in at the captive portal first.',
  },
  status: {
    state: 'problem',
    text: 'The server answers with HTTP status {status}: {reason}',
    remedy: 'Check that the URL is that of an edge, and read the log of the edge.',
  },
  notDns: {
    state: 'problem',
    text: 'The server answers with {mediaType} instead of a DNS message.',
    remedy: 'Correct the path of the URL; in a hotel or train, log in at the captive portal first.',
  },
  failed: {
    state: 'problem',
    text: 'A DNS query over HTTPS fails: {reason}.',
    remedy: 'Try again; read the log of the edge or of the proxy before it.',
  },
} as const

/** Whether the edge admits the caller. */
export const tokenCheck = defineCheck({
  id: 'token',
  title: 'token',
  needs: ['tls'],
  findings,
  async run(facts, ports, found) {
    const untilMs = expiryOf(facts.tokens)
    if (untilMs !== undefined && untilMs <= ports.nowMs()) return found('ended', { until: isoText(untilMs) })
    const response = await ports.askEdge(
      facts.name ?? '_snapshot.cluster.local',
      facts.name === undefined ? 'TXT' : 'A',
    )
    if (isFailed(response)) return found('failed', { reason: response.reason })
    if (response.status !== 200) return refusal(response, facts, found)
    if (!response.reply)
      return found('notDns', { mediaType: response.headers['content-type'] ?? 'no content type' })
    return found(facts.tokens.length === 0 ? 'anonymous' : 'ok', {}, { headers: response.headers })
  },
})

function refusal(
  { status, headers, text }: EdgeResponse,
  { url, tokens }: Facts,
  found: Found<typeof findings>,
): Outcome {
  if (status === 404)
    return tokens.length > 0 ? found('invalid', {}) : found('noPath', { path: url.pathname })
  if (status === 401) return found('missing', {})
  if (status === 503 && headers['retry-after'] !== undefined) return found('policyUnavailable', {})
  if (status === 429) return found('overLimit', {})
  const location = headers['location']
  if (status >= 300 && status < 400 && location !== undefined)
    return found('redirected', { status, location })
  const reason = text.replace(/\s+/g, ' ').trim().slice(0, 120) || 'without a text'
  return found('status', { status, reason })
}

/** When the first of the tokens ends (Unix ms), where tokens say so. */
function expiryOf(tokens: readonly string[]): number | undefined {
  const ends = tokens.flatMap((token) => expiryOfMintedToken(token) ?? [])
  return ends.length === 0 ? undefined : Math.min(...ends)
}

function isoText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
