/**
 * The reason why a caller or a query gets no answer. All transports share the steps that refuse; each writes the refusal in
 * its own form: HTTP as a status (http/refused-response.ts), the others as an rcode (dns-exchange.ts).
 *
 * `token-invalid`: a token with any fault; `token-missing`: a caller without a token may not ask this;
 * `policy-unavailable`: the policy of a token's cluster cannot be read now; `over-limit`: the next request is within the
 * limit after `waitMs`; `unreadable`: the message has no header to reply to.
 */
export type Refused =
  | { readonly refused: 'token-invalid' | 'token-missing' | 'policy-unavailable' }
  | { readonly refused: 'over-limit'; readonly waitMs: number }
  | { readonly refused: 'unreadable'; readonly reason: string }

export const tokenInvalid: Refused = { refused: 'token-invalid' }
export const tokenMissing: Refused = { refused: 'token-missing' }
export const policyUnavailable: Refused = { refused: 'policy-unavailable' }

/** Whether the caller or the query was refused. */
export function isRefused(result: object): result is Refused {
  return 'refused' in result
}
