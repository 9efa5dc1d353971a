import { SnapshotError } from './errors.ts'
import { payloadOf, sign, verify } from './jws.ts'
import type { SigningKey, TrustedKeys } from './key.ts'
import { readRoot } from './read-root.ts'
import type { BlobHash, Content, ReverseFamily, Root } from './schema.ts'

/** How far ahead of the reader's clock a root may be dated, in ms. */
export const maxRootSkewMs = 120_000

/** A root whose signature, cluster and shape were checked; `jws` is the text that was. */
export type VerifiedRoot = { readonly root: Root; readonly kid: string; readonly jws: string }

/** A root → the compact JWS for the store. */
export function signRoot(root: Root, key: SigningKey): Promise<string> {
  return sign(root, 'kubedoh-root', key)
}

/**
 * A root's text → the root. Throws SnapshotError: ROOT_UNVERIFIED (no trusted key signed it), SCHEMA,
 * ROOT_CLUSTER (signed for another cluster), ROOT_FUTURE (dated more than 2 minutes ahead of `nowMs`),
 * ROOT_EXPIRED (older than its own `expiresAfterMs`).
 */
export async function verifyRoot(
  jws: string,
  expected: { readonly cluster: string; readonly keys: TrustedKeys; readonly nowMs: number },
): Promise<VerifiedRoot> {
  const verified = await verify(jws, 'kubedoh-root', expected.keys)
  if (!verified) throw new SnapshotError('ROOT_UNVERIFIED', 'the root is not signed by a key of this cluster')
  const root = readRoot(verified.text)
  if (root.cluster !== expected.cluster) {
    throw new SnapshotError(
      'ROOT_CLUSTER',
      `the root is of cluster ${root.cluster}, not of ${expected.cluster}`,
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
      `the root is ${expected.nowMs - root.asOfMs} ms old, it expires after ${root.expiresAfterMs}`,
    )
  }
  return { root, kid: verified.kid, jws }
}

/** The root in a compact JWS that was verified before. Throws SnapshotError SCHEMA, as for another release's. */
export function rereadRoot(jws: string): Root {
  return readRoot(payloadOf(jws))
}

/** Is the data so old that nothing may be answered from it? A static snapshot never is. */
export function isExpired(root: Root, nowMs: number): boolean {
  return !root.static && nowMs - root.asOfMs > root.expiresAfterMs
}

/**
 * May `next` follow `held`? True when it is newer by (generation, term), false when it is the same root again.
 * Throws SnapshotError ROOT_OLDER when it is behind, ROOT_CONFLICT when it has the same generation and term
 * but other bytes.
 */
export function supersedes(
  held: { readonly generation: number; readonly term: number; readonly jws: string } | undefined,
  next: { readonly generation: number; readonly term: number; readonly jws: string },
): boolean {
  if (!held) return true
  const ahead = next.generation - held.generation || next.term - held.term
  if (ahead > 0) return true
  const place = `generation ${next.generation}, term ${next.term}`
  if (ahead < 0) {
    throw new SnapshotError(
      'ROOT_OLDER',
      `${place} is behind generation ${held.generation}, term ${held.term}`,
    )
  }
  if (next.jws !== held.jws) throw new SnapshotError('ROOT_CONFLICT', `${place} exists with other bytes`)
  return false
}

/** All blobs that a root's content names, each once. */
export function blobsOf(root: Content): Set<BlobHash> {
  const hashes = new Set<BlobHash>()
  const families = [root.services, root.endpoints, root.policy?.tokens]
  for (const family of families) for (const hash of family?.shards ?? []) if (hash) hashes.add(hash)
  const reverse: ReverseFamily[] = [root.reverse, root.endpointReverse, root.podAddresses]
  for (const family of reverse) for (const hash of Object.values(family)) hashes.add(hash)
  if ('blob' in root.namespaces) hashes.add(root.namespaces.blob)
  if (root.policy) hashes.add(root.policy.head)
  return hashes
}
