import type { BlobHash } from '../../snapshot/schema.ts'
import { maxBlobsPerRead } from './reads.ts'

/** The root that readers get. */
export type ServedRoot = {
  readonly jws: string
  readonly value: string
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
   * Blobs of the newest root that were added after the root with the hash `known`, the last ones first; those of all remembered
   * roots if it is not remembered. A large change is not complete.
   */
  addedSince(known: string): BlobHash[]
}

/** What was added is remembered for this number of roots: two minutes, if one is published every 2 s. */
const changesKept = 60

/** Serves no root yet. */
export function createServedRoots(): ServedRoots {
  let newest: ServedRoot | undefined
  let changes: { readonly hash: string; readonly added: readonly BlobHash[] }[] = []
  return {
    newest: () => newest,
    replace(root) {
      const before = newest?.names
      const added = before ? [...root.names].filter((name) => !before.has(name)) : []
      newest = root
      changes = [{ hash: root.hash, added: added.slice(0, maxBlobsPerRead) }, ...changes].slice(
        0,
        changesKept,
      )
    },
    addedSince(known) {
      const at = changes.findIndex(({ hash }) => hash === known)
      const since = at < 0 ? changes : changes.slice(0, at)
      return [...new Set(since.flatMap(({ added }) => added))].filter((name) => newest?.names.has(name))
    },
  }
}
