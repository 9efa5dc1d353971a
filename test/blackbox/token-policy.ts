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
  const token = newToken(cluster, (bytes) => new Uint8Array(randomBytes(bytes.length)))
  const sha256 = tokenSha256(token)
  // JSON is YAML.
  const text = JSON.stringify({ version: 1, tokens: [{ name: 'test', sha256, ...entry }], ...others })
  const outcome = await parsePolicy(text)
  if (!('policy' in outcome)) throw new TypeError('the policy has a fault')
  const { policy } = outcome
  return {
    token,
    source: {
      ready: Promise.resolve(),
      done: new Promise(() => undefined),
      current: () => policy,
      onChange: () => undefined,
      report: () => undefined,
    },
  }
}
