import { createHash, randomBytes } from 'node:crypto'
import { newToken } from '../snapshot/policy/token.ts'
import { parsePolicy } from '../sync/policy/parse.ts'
import type { PolicySource } from '../sync/policy/source/policy-source.ts'

/** An access policy of a benchmark, and the token that it admits. Callers without a token see everything as well. */
export type BenchPolicy = { readonly token: string; readonly source: PolicySource }

/** Makes the policy of a cluster. */
export async function makeBenchPolicy(cluster: string): Promise<BenchPolicy> {
  const token = newToken(cluster, (bytes) => new Uint8Array(randomBytes(bytes.length)))
  const sha256 = createHash('sha256').update(token).digest('hex')
  const fields = { version: 1, tokens: [{ name: 'bench', sha256, all: true }], anonymous: { all: true } }
  // JSON is YAML.
  const outcome = await parsePolicy(JSON.stringify(fields))
  if (!('policy' in outcome)) throw new Error('the policy of the benchmark has a fault')
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
