import { toBase64Url } from '../../dns/base64url.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import type { FollowHead } from '../../snapshot/follow.ts'
import { declaredBlobsPerRequest, type IngestCode } from '../../snapshot/ingest.ts'
import type { TrustedKeys } from '../../snapshot/key.ts'
import {
  blobsOf,
  checkPolicyKept,
  orderOfRoots,
  supersedes,
  type VerifiedRoot,
  verifyRoot,
} from '../../snapshot/root.ts'
import { type BlobHash, bucketSchema } from '../../snapshot/schema.ts'
import type { ClusterConfig } from '../../worker/config.ts'
import type { IncomingBlob, Register, RegisterCall, RegisterOutcome } from '../../worker/register/register.ts'
import { FollowError } from './errors.ts'
import { fetchBlobs } from './fetch-blobs.ts'
import { type HeldRoot, heldRoot, namesIn, rereadHeld } from './held-root.ts'
import type { SourceClient } from './source-client.ts'

/** One cluster that is copied from a source into the register of this edge. */
export type Copying = {
  readonly cluster: ClusterConfig
  readonly keys: TrustedKeys
  readonly source: SourceClient
  readonly register: Register
  /**
   * Blobs that were stored for a root that is not in force yet, so that a copy that broke off continues. The register still checks
   * that all blobs of a root are there.
   */
  readonly stored: Set<BlobHash>
  /** Unix ms. */
  readonly nowMs: () => number
}

/** The result of one look at the source. `held` is the root in force in this edge after it. */
export type Look = {
  readonly result: 'none' | 'unchanged' | 'older' | 'copied'
  readonly held: HeldRoot | undefined
  /** Blobs and buckets that were copied. */
  readonly blobs: number
}

/** The register of this edge refused a root, or blobs of it. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused'
  readonly code: IngestCode
  constructor({ code, message }: NonNullable<RegisterOutcome['refused']>) {
    super(message)
    this.code = code
  }
}

/**
 * Looks at the source's head and, if it names another root than `held`, copies that root: checks it as if an agent had sent it, then
 * stores its new blobs, and puts it in force last. The head is only a hint. Rejects with FollowError for faults of the source, with
 * SnapshotError for a root that is forged, older or otherwise not acceptable, and with CopyRefused.
 */
export async function copyRoot(copying: Copying, held: HeldRoot | undefined): Promise<Look> {
  const head = await copying.source.head()
  if (!head) return { result: 'none', held, blobs: 0 }
  if (head.hash === held?.hash) return { result: 'unchanged', held, blobs: 0 }
  if (isOlder(head, held, copying.keys)) return { result: 'older', held, blobs: 0 }
  const verified = await readRoot(copying, head.hash, held)
  const { buckets, sent } = await readBuckets(copying.source, verified, held)
  const next = await heldRoot(verified.jws, verified.root, buckets)
  const added = [...next.names].filter((hash) => !held?.names.has(hash))
  const missing = added.filter((hash) => !copying.stored.has(hash))
  for await (const blobs of fetchBlobs(copying.source, missing)) await putBlobs(copying, blobs)
  await putRoot(copying, verified, sent).finally(() => copying.stored.clear())
  return { result: 'copied', held: next, blobs: added.length + sent.length }
}

/** True for a source that is behind this edge: agents publish to both of them, or the two follow each other. */
function isOlder(head: FollowHead, held: HeldRoot | undefined, keys: TrustedKeys): boolean {
  if (!held || !keys.has(held.kid ?? '')) return false
  return orderOfRoots(head, held) < 0
}

/** The root in force in the register of this edge. */
export async function readHeld(copying: Copying): Promise<HeldRoot | undefined> {
  const { root, buckets = [] } = accepted(await copying.register.state(callOf(copying)))
  return root === null ? undefined : rereadHeld(root, buckets)
}

/** The source's root, checked. It is compared with the root in force before anything that it names is read. */
async function readRoot(
  { cluster, keys, source, nowMs }: Copying,
  hash: BlobHash,
  held: HeldRoot | undefined,
): Promise<VerifiedRoot> {
  const jws = await source.root(hash)
  if (jws === '') throw new FollowError('SOURCE_INCOMPLETE', 'the source has replaced its root meanwhile')
  if ((await hashBlob(jws)) !== hash)
    throw new FollowError('SOURCE_ANSWER', "the source's root does not have the hash of its head")
  const expected = { cluster: cluster.id, domain: cluster.domain, keys, nowMs: nowMs() }
  const verified = await verifyRoot(jws, expected)
  const { generation, term } = verified.root
  if (held && keys.has(held.kid ?? '')) supersedes(held, { generation, term, jws })
  if (held) checkPolicyKept(held.jws, verified.root)
  return verified
}

async function readBuckets(
  source: SourceClient,
  { root }: VerifiedRoot,
  held: HeldRoot | undefined,
): Promise<{ buckets: ReadonlyMap<BlobHash, readonly BlobHash[]>; sent: readonly IncomingBlob[] }> {
  const hashes = root.schema === bucketSchema ? root.buckets.shards.filter((hash) => hash !== null) : []
  const sent: IncomingBlob[] = []
  const missing = [...new Set(hashes)].filter((hash) => !held?.buckets.has(hash))
  for await (const blobs of fetchBlobs(source, missing)) sent.push(...blobs)
  const added = new Map(sent.map(({ hash, text }) => [hash, namesIn(text)]))
  const buckets = hashes.map((hash) => [hash, added.get(hash) ?? held?.buckets.get(hash) ?? []] as const)
  return { buckets: new Map(buckets), sent }
}

/** Small portions, so that the register deletes unused blobs as fast as new ones come. */
async function putBlobs(copying: Copying, blobs: readonly IncomingBlob[]): Promise<void> {
  for (let at = 0; at < blobs.length; at += declaredBlobsPerRequest) {
    const portion = blobs.slice(at, at + declaredBlobsPerRequest)
    accepted(await copying.register.putBlobs(callOf(copying), portion))
    for (const { hash } of portion) copying.stored.add(hash)
  }
}

async function putRoot(
  copying: Copying,
  { root, kid, jws }: VerifiedRoot,
  sent: readonly IncomingBlob[],
): Promise<void> {
  const buckets = root.schema === bucketSchema ? { hashes: root.buckets, sent } : undefined
  const incoming = { ...root, kid, jws, blobs: [...blobsOf(root)], buckets }
  accepted(await copying.register.putRoot(callOf(copying), incoming))
}

/** A call in the name of this process: its nonce is new, so it is never taken for a repeated proof. */
function callOf({ cluster, keys, nowMs }: Copying): RegisterCall {
  const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  return { cluster: cluster.id, nonce, nowMs: nowMs(), trustedKeyIds: [...keys.keys()] }
}

function accepted(outcome: RegisterOutcome): RegisterOutcome {
  if (outcome.refused) throw new CopyRefused(outcome.refused)
  return outcome
}
