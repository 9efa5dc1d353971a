import { fold, type Name, nameFromText, nameToText } from '../dns/name.ts'
import { SnapshotError } from './errors.ts'
import { payloadOf, sign, verify } from './jws.ts'
import type { SigningKey, TrustedKeys } from './key.ts'
import { readRoot } from './read-root.ts'
import type { BlobHash, Content, ReverseFamily, Root, SignedRoot } from './schema.ts'

/** How far the date of a root may be ahead of the reader's clock (ms). */
export const maxRootSkewMs = 120_000

/** A root whose signature, cluster and shape were checked; `jws` is its signed text. */
export type VerifiedRoot = { readonly root: SignedRoot; readonly kid: string; readonly jws: string }

/** A root → the compact JWS for the store. */
export function signRoot(root: SignedRoot, key: SigningKey): Promise<string> {
  return sign(root, 'kubedoh-root', key)
}

/**
 * A root's text → the root. Throws SnapshotError: ROOT_UNVERIFIED (no trusted key signed it), SCHEMA,
 * ROOT_CLUSTER (signed for another cluster), ROOT_DOMAIN (another native domain), ROOT_FUTURE (dated more than 2 minutes ahead of `nowMs`),
 * ROOT_EXPIRED (older than its own `expiresAfterMs`).
 */
export async function verifyRoot(
  jws: string,
  expected: {
    readonly cluster: string
    /** The cluster's native domain, folded; undefined: any. */
    readonly domain?: Name
    readonly keys: TrustedKeys
    readonly nowMs: number
  },
): Promise<VerifiedRoot> {
  const verified = await verify(jws, 'kubedoh-root', expected.keys)
  if (!verified) throw unverified()
  const root = readRoot(verified.text)
  if (root.cluster !== expected.cluster) {
    throw new SnapshotError(
      'ROOT_CLUSTER',
      `the root belongs to cluster ${root.cluster}, not to ${expected.cluster}`,
    )
  }
  if (expected.domain !== undefined && fold(nameFromText(root.domain)) !== expected.domain) {
    const own = nameToText(expected.domain).slice(0, -1)
    throw new SnapshotError(
      'ROOT_DOMAIN',
      `the native domain of the root is ${root.domain}, that of cluster ${expected.cluster} in the edge's configuration ${own}; make them the same`,
    )
  }
  if (Math.max(root.asOfMs, root.generation) > expected.nowMs + maxRootSkewMs) {
    throw new SnapshotError(
      'ROOT_FUTURE',
      `the root is dated ${Math.max(root.asOfMs, root.generation) - expected.nowMs} ms ahead`,
    )
  }
  if (isExpired(root, expected.nowMs)) {
    throw new SnapshotError(
      'ROOT_EXPIRED',
      `the root is ${expected.nowMs - root.asOfMs} ms old; it expires after ${root.expiresAfterMs} ms`,
    )
  }
  return { root, kid: verified.kid, jws }
}

/** The error for everything that is not a root signed by a key of the cluster. */
export function unverified(): SnapshotError {
  return new SnapshotError('ROOT_UNVERIFIED', 'the root is not signed by a key of this cluster')
}

/**
 * The root in a compact JWS that was verified before. Throws SnapshotError SCHEMA when this code cannot read it, for
 * example because another release wrote it.
 */
export function rereadRoot(jws: string): SignedRoot {
  return readRoot(payloadOf(jws))
}

/** True if the data is too old to be answered (`nowMs`: Unix ms). A static snapshot never expires. */
export function isExpired(root: Pick<Root, 'static' | 'asOfMs' | 'expiresAfterMs'>, nowMs: number): boolean {
  return !root.static && nowMs - root.asOfMs > root.expiresAfterMs
}

/** Above 0 if `one` is newer than `other`, by (generation, term); 0 if both have the same place; below 0 if it is older. */
export function orderOfRoots(
  one: { readonly generation: number; readonly term: number },
  other: { readonly generation: number; readonly term: number },
): number {
  return one.generation - other.generation || one.term - other.term
}

/**
 * True if `next` is newer than the current root, by (generation, term); false if it is the same root again.
 * Throws SnapshotError ROOT_OLDER when it is older, ROOT_CONFLICT when it has the same generation and term
 * but other bytes.
 */
export function supersedes(
  current: { readonly generation: number; readonly term: number; readonly jws: string } | undefined,
  next: { readonly generation: number; readonly term: number; readonly jws: string },
): boolean {
  if (!current) return true
  const ahead = orderOfRoots(next, current)
  if (ahead > 0) return true
  const place = `generation ${next.generation}, term ${next.term}`
  if (ahead < 0) {
    throw new SnapshotError(
      'ROOT_OLDER',
      `${place} is behind generation ${current.generation}, term ${current.term}`,
    )
  }
  if (next.jws !== current.jws)
    throw new SnapshotError('ROOT_CONFLICT', `the current root of ${place} has other bytes`)
  return false
}

/**
 * Throws SnapshotError ROOT_POLICY if `next` would remove the access policy of the current root without saying so
 * (`policyDropped`). An agent that does not know policies, such as one of release 0.1, would otherwise open an edge that
 * answers everybody where there is no policy. Signatures are not checked here.
 */
export function checkPolicyKept(currentJws: string, next: Pick<Root, 'policy' | 'policyDropped'>): void {
  if (next.policy !== null || next.policyDropped || !hasPolicy(currentJws)) return
  throw new SnapshotError(
    'ROOT_POLICY',
    'the root has no access policy, but the current root has one: update an agent of release 0.1; give a later one the policy (--policy, --policy-configmap, --policy-secret), or --drop-policy to publish without it',
  )
}

/** True if a root has an access policy. Its signature is not checked, and this code need not know its schema. */
export function hasPolicy(jws: string): boolean {
  try {
    const { policy = null } = JSON.parse(payloadOf(jws)) as { readonly policy?: unknown }
    return policy !== null
  } catch {
    return false
  }
}

/** The hashes of all blobs that a root's content names. A root of schema 2 names others in its buckets (blobsInBucket). */
export function blobsOf(root: Content | SignedRoot): Set<BlobHash> {
  const hashes = new Set<BlobHash>()
  const isPacked = 'buckets' in root
  const families = [root.policy?.tokens, ...(isPacked ? [] : [root.services, root.endpoints])]
  for (const family of families) for (const hash of family?.shards ?? []) if (hash) hashes.add(hash)
  const reverse: ReverseFamily[] = isPacked ? [] : [root.reverse, root.endpointReverse, root.podAddresses]
  for (const family of reverse) for (const hash of Object.values(family)) hashes.add(hash)
  if ('blob' in root.namespaces) hashes.add(root.namespaces.blob)
  if (root.policy) hashes.add(root.policy.head)
  return hashes
}
