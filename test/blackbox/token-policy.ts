import { randomBytes } from 'node:crypto'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { parsePolicy } from '../../sync/policy/parse.ts'
import type { PolicySource } from '../../sync/policy/source/policy-source.ts'

/** An access policy with one token. */
export type TokenPolicy = { readonly token: string; readonly source: PolicySource }

/**
 * Makes a policy of a cluster: a new token with the scope of `entry` (fields of the policy's YAML), and `others`, such as
 * `anonymous`. Throws TypeError when the policy has a fault.
 */
export async function policyWithToken(
  cluster: string,
  entry: object = { all: true },
  others: object = {},
): Promise<TokenPolicy> {
  const { tokens, source } = await policyWithTokens(cluster, [entry], others)
  return { token: tokens[0] ?? '', source }
}

/** The same with a token for each entry, in their order. */
export async function policyWithTokens(
  cluster: string,
  entries: readonly object[],
  others: object = {},
): Promise<{ readonly tokens: readonly string[]; readonly source: PolicySource }> {
  const tokens = entries.map(() => newToken(cluster, (bytes) => new Uint8Array(randomBytes(bytes.length))))
  const given = entries.map((entry, index) => {
    const sha256 = tokenSha256(tokens[index] ?? '')
    return { name: index === 0 ? 'test' : `test-${index}`, sha256, ...entry }
  })
  // JSON is YAML.
  const outcome = await parsePolicy(JSON.stringify({ version: 1, tokens: given, ...others }))
  if (!('policy' in outcome)) throw new TypeError('the policy has a fault')
  const { policy } = outcome
  return {
    tokens,
    source: {
      ready: Promise.resolve(),
      done: new Promise(() => undefined),
      current: () => policy,
      onChange: () => undefined,
      report: () => undefined,
    },
  }
}
