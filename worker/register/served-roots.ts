import type { BlobHash } from '../../snapshot/schema.ts'
import { maxBlobsPerRead } from './reads.ts'

/** The root that readers get. */
export type ServedRoot = {
  readonly jws: string
  /** What readers get: the value of the root, or its JWS alone if the value is long. */
  readonly value: string
  /** The texts of the buckets that `value` does not have, by hash. */
  readonly buckets: ReadonlyMap<BlobHash, string>
  /** The SHA-256 of the JWS (base64url). */
  readonly hash: string
  readonly generation: number
  readonly term: number
  /** The blobs that it names. */
  readonly names: ReadonlySet<BlobHash>
}

/** The root that one cluster's readers get, and what was added by the latest roots. */
export type ServedRoots = {
  newest(): ServedRoot | undefined
  /** Serves another root. */
  replace(root: ServedRoot): void
  /**
   * The text of a bucket that does not come with the newest root, or that a root replaced lately: readers use an earlier root for
   * two minutes at most.
   */
  bucket(hash: BlobHash): string | undefined
  /**
   * Blobs of the newest root, and buckets that its value does not have, that were added after the root with the hash `known`, the last
   * ones first; those of all remembered roots if it is not remembered. A large change is not complete.
   */
  addedSince(known: string): BlobHash[]
}

/** What was added is remembered for this number of roots: two minutes, if one is published every 2 s. */
const changesKept = 60

/** Replaced buckets are kept up to this length together (characters): hundreds, as changes of two minutes replace. */
const replacedLength = 4 * 1024 * 1024

/** Serves no root yet. */
export function createServedRoots(): ServedRoots {
  let newest: ServedRoot | undefined
  let replaced: ReadonlyMap<BlobHash, string> = new Map()
  let changes: { readonly hash: string; readonly added: readonly BlobHash[] }[] = []
  return {
    newest: () => newest,
    bucket: (hash) => newest?.buckets.get(hash) ?? replaced.get(hash),
    replace(root) {
      const before = newest
      replaced = latest([...replaced, ...(before?.buckets ?? [])].filter(([hash]) => !has(root, hash)))
      const added = before ? [...root.buckets.keys(), ...root.names].filter((hash) => !has(before, hash)) : []
      newest = root
      changes = [{ hash: root.hash, added: added.slice(0, maxBlobsPerRead) }, ...changes].slice(
        0,
        changesKept,
      )
    },
    addedSince(known) {
      const at = changes.findIndex(({ hash }) => hash === known)
      const since = at < 0 ? changes : changes.slice(0, at)
      return [...new Set(since.flatMap(({ added }) => added))].filter((hash) => newest && has(newest, hash))
    },
  }
}

/** The last buckets that have no more than `replacedLength` characters together, each in its last place. */
function latest(buckets: readonly (readonly [BlobHash, string])[]): ReadonlyMap<BlobHash, string> {
  const kept = new Map<BlobHash, string>()
  let left = replacedLength
  for (const [hash, text] of buckets.toReversed()) {
    if (kept.has(hash)) continue
    left -= text.length
    if (left < 0) break
    kept.set(hash, text)
  }
  return new Map([...kept].toReversed())
}

function has({ names, buckets }: ServedRoot, hash: BlobHash): boolean {
  return names.has(hash) || buckets.has(hash)
}
