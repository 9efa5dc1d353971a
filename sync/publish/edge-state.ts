import type { SnapshotCode } from '../../snapshot/errors.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import type { Declaration } from '../../snapshot/ingest.ts'
import { importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { hasPolicy, rereadRoot, verifyRoot } from '../../snapshot/root.ts'
import { type PolicyRef, type Root, schemaVersion } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { checkSchema } from './upload.ts'

/** The state of the edge as the agent knows it: its declaration and its current root. */
export type EdgeState = {
  readonly declaration: Declaration
  /** The current root if this agent may build on it. */
  readonly published: Root | undefined
  /** The reason why the agent does not build on the current root: signed by another key, expired, from the future. */
  readonly setAside: SnapshotCode | undefined
  /**
   * The access policy of the current root, also of one that has expired or is from the future. 'unverified' if the root has a policy but was
   * not signed by this agent's key or cannot be read: it must not be published again. Null if there is none.
   */
  readonly policy: PolicyRef | 'unverified' | null
}

/**
 * Reads the edge's state. A root that this agent's key did not sign is set aside: everything is written again, and
 * the new generation, which is the time, is still greater. Throws PublishError.
 */
export async function readEdgeState(
  edge: EdgeClient,
  agent: { readonly cluster: string; readonly key: SigningKey; readonly nowMs: () => number },
): Promise<EdgeState> {
  const { declaration, root } = await edge.state()
  checkSchema(declaration)
  if (root === null) return { declaration, published: undefined, setAside: undefined, policy: null }
  const keys = await importTrustedKeys([agent.key.publicKey])
  try {
    const expected = { cluster: agent.cluster, keys, nowMs: edge.toEdgeMs(agent.nowMs()) }
    const published = (await verifyRoot(root, expected)).root
    if (published.schema !== schemaVersion)
      throw new SnapshotError('SCHEMA', `the root has schema ${published.schema}`)
    return { declaration, published, setAside: undefined, policy: published.policy }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    return { declaration, published: undefined, setAside: error.code, policy: policyOf(root, error.code) }
  }
}

/** The policy of a root that was set aside. Its time is checked after its signature and cluster. */
function policyOf(jws: string, code: SnapshotCode): EdgeState['policy'] {
  if (code === 'ROOT_EXPIRED' || code === 'ROOT_FUTURE') return rereadRoot(jws).policy
  return hasPolicy(jws) ? 'unverified' : null
}
