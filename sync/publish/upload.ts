import {
  type Declaration,
  maxBlobsPerRequest,
  maxBodyBytes,
  maxBucketsPerRequest,
} from '../../snapshot/ingest.ts'
import { policyVersion } from '../../snapshot/policy/schema.ts'
import { bucketSchema, type PolicyRef, type SignedRoot, schemaVersion } from '../../snapshot/schema.ts'
import type { EdgeClient } from './edge-client.ts'
import { PublishError } from './errors.ts'
import type { SealedRoot } from './seal-root.ts'

/** The number of parallel requests with blobs: while the edge handles some, others are encoded and sent. */
const requestsAtOnce = 4

/**
 * Writes blobs, in as few requests as the declaration allows, then the changed buckets of the root and the root itself;
 * readers never see a root before its blobs. Returns the edge's last declaration. After a failure no further request
 * starts, and the function waits for those under way.
 * Throws PublishError: the edge's refusal; BODY_TOO_LARGE for a blob or a bucket that exceeds the limit of one request.
 */
export async function upload(
  given: { readonly put: Iterable<string> } & SealedRoot,
  edge: Pick<EdgeClient, 'putBlobs' | 'putBuckets' | 'putRoot'>,
  declaration: Declaration,
): Promise<Declaration> {
  const batches = batchesOf(given.put, declaration)
  // A failed request ends the loop, which closes the generator for all.
  const send = async (): Promise<void> => {
    for (const batch of batches) await edge.putBlobs(batch)
  }
  const sent = await Promise.allSettled(Array.from({ length: requestsAtOnce }, send))
  for (const each of sent) if (each.status === 'rejected') throw each.reason
  try {
    return await sendRoot(given, given.changed, edge, declaration)
  } catch (error) {
    // The edge forgot buckets that it had, for example because its database was restored.
    const isLost = error instanceof PublishError && error.code === 'BUCKET_MISSING'
    if (!isLost || given.buckets.length === 0) throw error
    return sendRoot(given, given.buckets, edge, declaration)
  }
}

/** Sends buckets with the root if they fit into one request, and before it if they do not. */
async function sendRoot(
  { jws }: SealedRoot,
  buckets: readonly string[],
  edge: Pick<EdgeClient, 'putBuckets' | 'putRoot'>,
  limits: Pick<Declaration, 'maxBodyBytes'>,
): Promise<Declaration> {
  const texts = buckets.filter((text) => text !== '')
  const ofBuckets = { maxBodyBytes: limits.maxBodyBytes, most: maxBucketsPerRequest }
  const [first = [], ...others] = batchesWithin([jws, ...texts], ofBuckets)
  if (others.length === 0) return edge.putRoot(jws, first.slice(1))
  for (const batch of batchesWithin(texts, ofBuckets)) await edge.putBuckets(batch)
  return edge.putRoot(jws, [])
}

/** The schema of the roots to publish: 2 where the edge reads it, else 1. Throws PublishError SCHEMA_UNSUPPORTED without either. */
export function writableSchema(declaration: Declaration): SignedRoot['schema'] {
  if (declaration.schemas.includes(bucketSchema)) return bucketSchema
  if (declaration.schemas.includes(schemaVersion)) return schemaVersion
  throw new PublishError(
    'SCHEMA_UNSUPPORTED',
    `the edge reads schema ${declaration.schemas.join(', ')}, this agent writes ${bucketSchema} and ${schemaVersion}: update the edge first`,
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
export function batchesOf(
  texts: Iterable<string>,
  limits: Pick<Declaration, 'maxBodyBytes' | 'maxBlobsPerRequest'>,
): Generator<string[], void, undefined> {
  const most = Math.max(1, Math.min(limits.maxBlobsPerRequest, maxBlobsPerRequest))
  return batchesWithin(texts, { ...limits, most })
}

function* batchesWithin(
  texts: Iterable<string>,
  limits: Pick<Declaration, 'maxBodyBytes'> & { readonly most: number },
): Generator<string[], void, undefined> {
  const { most } = limits
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
