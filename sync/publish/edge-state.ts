import type { SnapshotCode } from '../../snapshot/errors.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import type { Declaration } from '../../snapshot/ingest.ts'
import { importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { verifyRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { checkSchema } from './upload.ts'

/** The state of the edge as the agent knows it: its declaration and its current root. */
export type EdgeState = {
  readonly declaration: Declaration
  /** The current root if this agent may build on it. */
  readonly published: Root | undefined
  /** The reason why the agent does not build on the current root: signed by another key, expired, from the future. */
  readonly setAside: SnapshotCode | undefined
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
  if (root === null) return { declaration, published: undefined, setAside: undefined }
  const keys = await importTrustedKeys([agent.key.publicKey])
  try {
    const expected = { cluster: agent.cluster, keys, nowMs: edge.toEdgeMs(agent.nowMs()) }
    return { declaration, published: (await verifyRoot(root, expected)).root, setAside: undefined }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    return { declaration, published: undefined, setAside: error.code }
  }
}
