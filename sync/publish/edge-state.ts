import type { SnapshotCode } from '../../snapshot/errors.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import type { Declaration } from '../../snapshot/ingest.ts'
import { importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { verifyRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { checkSchema } from './upload.ts'

/** What the agent knows of the edge: its declaration and the root that it holds. */
export type Held = {
  readonly declaration: Declaration
  readonly published: Root | undefined
  /** Why the edge's root is not built upon, when there is one: another key's, expired, from the future. */
  readonly setAside: SnapshotCode | undefined
}

/**
 * Asks the edge what it holds. A root that this agent's key did not sign is as good as none: everything is
 * written anew, and the generation, being the time, passes it all the same. Throws PublishError.
 */
export async function readHeld(
  edge: EdgeClient,
  agent: { readonly cluster: string; readonly key: SigningKey; readonly nowMs: () => number },
): Promise<Held> {
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
