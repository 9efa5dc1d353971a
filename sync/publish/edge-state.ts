import { unpackRoot } from '../../snapshot/bucket.ts'
import type { SnapshotCode } from '../../snapshot/errors.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import type { Declaration } from '../../snapshot/ingest.ts'
import { importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { hasPolicy, rereadRoot, verifyRoot } from '../../snapshot/root.ts'
import { bucketSchema, type PolicyRef, type Root, type ShardFamily } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { writableSchema } from './upload.ts'

/** The state of the edge as the agent knows it: its declaration and its current root. */
export type EdgeState = {
  readonly declaration: Declaration
  /** The current root if this agent may build on it. */
  readonly published: Root | undefined
  /** The reason why the agent does not build on the current root: signed by another key, expired, from the future. */
  readonly setAside: SnapshotCode | undefined
  /** The hashes of the edge's buckets, if the current root is of schema 2 and this agent may build on it. */
  readonly buckets: ShardFamily | undefined
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
  const { declaration, root, buckets: texts } = await edge.state()
  writableSchema(declaration)
  const none = { declaration, published: undefined, buckets: undefined }
  if (root === null) return { ...none, setAside: undefined, policy: null }
  const keys = await importTrustedKeys([agent.key.publicKey])
  try {
    const expected = { cluster: agent.cluster, keys, nowMs: edge.toEdgeMs(agent.nowMs()) }
    const signed = (await verifyRoot(root, expected)).root
    const isPacked = signed.schema === bucketSchema
    const published = isPacked ? await unpackRoot(signed, texts) : signed
    const buckets = isPacked ? signed.buckets : undefined
    return { declaration, published, buckets, setAside: undefined, policy: published.policy }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    return { ...none, setAside: error.code, policy: policyOf(root, error.code) }
  }
}

/** The faults of a root that are found after its signature, its cluster and its shape were checked. */
const laterFaults: readonly SnapshotCode[] = [
  'ROOT_EXPIRED',
  'ROOT_FUTURE',
  'BUCKET_MISSING',
  'BUCKET_MISMATCH',
]

/** The policy of a root that was set aside. */
function policyOf(jws: string, code: SnapshotCode): EdgeState['policy'] {
  if (laterFaults.includes(code)) return rereadRoot(jws).policy
  return hasPolicy(jws) ? 'unverified' : null
}
