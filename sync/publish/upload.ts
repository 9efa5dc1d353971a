import { type Declaration, maxBlobsPerRequest, maxBodyBytes } from '../../snapshot/ingest.ts'
import { policyVersion } from '../../snapshot/policy/schema.ts'
import { type PolicyRef, schemaVersion } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { PublishError } from './errors.ts'

/** The number of parallel requests with blobs: while the edge handles some, others are encoded and sent. */
const requestsAtOnce = 4

/**
 * Writes blobs, in as few requests as the declaration allows, and then the root (a compact JWS) that names them;
 * readers never see a root before its blobs. Returns the edge's last declaration. After a failure no further request
 * starts, and the function waits for those under way.
 * Throws PublishError: the edge's refusal; SCHEMA_UNSUPPORTED before anything is sent; BODY_TOO_LARGE for a blob that
 * exceeds the limit of one request.
 */
export async function upload(
  given: { readonly put: Iterable<string>; readonly rootJws: string },
  edge: Pick<EdgeClient, 'putBlobs' | 'putRoot'>,
  declaration: Declaration,
): Promise<Declaration> {
  checkSchema(declaration)
  const batches = batchesOf(given.put, declaration)
  // A failed request ends the loop, which closes the generator for all.
  const send = async (): Promise<void> => {
    for (const batch of batches) await edge.putBlobs(batch)
  }
  const sent = await Promise.allSettled(Array.from({ length: requestsAtOnce }, send))
  for (const each of sent) if (each.status === 'rejected') throw each.reason
  return edge.putRoot(given.rootJws)
}

/** Throws PublishError SCHEMA_UNSUPPORTED unless the edge reads what this agent writes. */
export function checkSchema(declaration: Declaration): void {
  if (declaration.schemas.includes(schemaVersion)) return
  throw new PublishError(
    'SCHEMA_UNSUPPORTED',
    `the edge reads schema ${declaration.schemas.join(', ')}, this agent writes ${schemaVersion}: update the edge first`,
  )
}

/** Throws PublishError POLICY_UNSUPPORTED if there is a policy and the edge does not enforce it. */
export function checkPolicy({ policy = 0 }: Declaration, published: PolicyRef | null): void {
  if (published === null || policy >= policyVersion) return
  throw new PublishError(
    'POLICY_UNSUPPORTED',
    `the edge does not enforce access policies of version ${policyVersion}, which this agent publishes: update the edge first`,
  )
}

/**
 * Texts of blobs → batches, one for each request, within the limits of the edge and of the contract. Texts are read
 * from `texts` batch by batch. Throws PublishError BODY_TOO_LARGE for a blob that exceeds the limit of one request.
 */
export function* batchesOf(
  texts: Iterable<string>,
  limits: Pick<Declaration, 'maxBodyBytes' | 'maxBlobsPerRequest'>,
): Generator<string[], void, undefined> {
  const most = Math.max(1, Math.min(limits.maxBlobsPerRequest, maxBlobsPerRequest))
  const room = Math.min(limits.maxBodyBytes, maxBodyBytes)
  let batch: string[] = []
  let left = room
  for (const text of texts) {
    const bytes = Buffer.byteLength(text) + '\n'.length
    if (bytes > room) {
      throw new PublishError(
        'BODY_TOO_LARGE',
        `a blob has ${bytes} bytes, but the edge accepts at most ${room}`,
      )
    }
    if (batch.length === most || bytes > left) {
      yield batch
      batch = []
      left = room
    }
    batch.push(text)
    left -= bytes
  }
  if (batch.length > 0) yield batch
}
