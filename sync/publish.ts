import { type Declaration, maxBlobsPerRequest, maxBodyBytes } from '../snapshot/ingest.ts'
import { schemaVersion } from '../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { PublishError } from './publish-error.ts'

/**
 * Writes blobs, in as few requests as the declaration allows, and then the root (a compact JWS) that names
 * them; readers never see a root before its blobs. Gives the edge's last declaration.
 * Throws PublishError: the edge's refusal; SCHEMA_UNSUPPORTED before anything is sent; BODY_TOO_LARGE for a
 * blob that no request may carry.
 */
export async function publish(
  changes: { readonly put: Iterable<string>; readonly rootJws: string },
  edge: Pick<EdgeClient, 'putBlobs' | 'putRoot'>,
  declaration: Declaration,
): Promise<Declaration> {
  checkSchema(declaration)
  for (const batch of batchesOf(changes.put, declaration)) await edge.putBlobs(batch)
  return edge.putRoot(changes.rootJws)
}

/** Throws PublishError SCHEMA_UNSUPPORTED unless the edge reads what this agent writes. */
export function checkSchema(declaration: Declaration): void {
  if (declaration.schemas.includes(schemaVersion)) return
  throw new PublishError(
    'SCHEMA_UNSUPPORTED',
    `the edge reads schema ${declaration.schemas.join(', ')}, this agent writes ${schemaVersion}: update the edge first`,
  )
}

/** Blobs' texts → requests' worth of them, by the edge's limits and the contract's. */
export function batchesOf(
  texts: Iterable<string>,
  limits: Pick<Declaration, 'maxBodyBytes' | 'maxBlobsPerRequest'>,
): string[][] {
  const most = Math.max(1, Math.min(limits.maxBlobsPerRequest, maxBlobsPerRequest))
  const room = Math.min(limits.maxBodyBytes, maxBodyBytes)
  const batches: string[][] = []
  let left = 0
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text).length + '\n'.length
    if (bytes > room) {
      throw new PublishError('BODY_TOO_LARGE', `a blob has ${bytes} bytes, the edge takes at most ${room}`)
    }
    const batch = batches.at(-1)
    if (batch && batch.length < most && bytes <= left) batch.push(text)
    else {
      batches.push([text])
      left = room
    }
    left -= bytes
  }
  return batches
}
