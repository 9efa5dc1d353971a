import { blobsInBucket, readBucket } from '../../snapshot/bucket.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { type BlobHash, bucketSchema, type ShardFamily } from '../../snapshot/schema.ts'
import type { Records } from './records.ts'
import type { Subjects } from './subjects.ts'

/**
 * The buckets of one cluster's roots, which are stored as blobs are: a change of a root writes the changed ones, and each edge reads
 * these.
 */
export type BucketTexts = {
  /** Keeps a text in memory that is in the store. */
  keep(hash: BlobHash, text: string): void
  /** Forgets all texts in memory, because one of them is damaged. */
  forget(): void
  /** The texts of a root's buckets, '' for an empty one. Rejects with SnapshotError BUCKET_MISSING, or if the store fails. */
  texts(hashes: ShardFamily | undefined): Promise<string[]>
  /**
   * All that a root needs in the store: the blobs that it names, its buckets, and the blobs in them. Undefined if this release cannot
   * read it. Rejects as `texts`.
   */
  names(jws: string): Promise<ReadonlySet<BlobHash> | undefined>
}

/** Above this number of texts, those that the root asked for last does not name are forgotten; twice its own number is always kept. */
const leastKept = 64

/** Nothing is in memory yet. */
export function createBucketTexts(records: Records, subjects: Subjects, cluster: string): BucketTexts {
  const kept = new Map<BlobHash, string>()
  let known: { readonly jws: string; readonly names: ReadonlySet<BlobHash> } | undefined

  async function read(hash: BlobHash): Promise<string | undefined> {
    const found = await records.constant(subjects.blob(cluster, hash))
    if (found) kept.set(hash, found.text)
    return found?.text
  }

  async function texts(hashes: ShardFamily | undefined): Promise<string[]> {
    const shards = hashes?.shards ?? []
    const found = await Promise.all(
      shards.map((hash) => (hash === null ? '' : (kept.get(hash) ?? read(hash)))),
    )
    const missing = found.flatMap((text, at) => (text === undefined ? [at] : []))
    if (missing.length > 0)
      throw new SnapshotError('BUCKET_MISSING', `these buckets were never sent: ${missing.join(', ')}`)
    forgetOthers(shards)
    return found.map((text) => text ?? '')
  }

  function forgetOthers(shards: ShardFamily['shards']): void {
    if (kept.size <= Math.max(leastKept, 2 * shards.length)) return
    const named = new Set(shards)
    for (const hash of kept.keys()) if (!named.has(hash)) kept.delete(hash)
  }

  return {
    keep: (hash, text) => void kept.set(hash, text),
    forget: () => kept.clear(),
    texts,
    async names(jws) {
      if (known?.jws === jws) return known.names
      const root = readable(jws)
      if (!root) return undefined
      const buckets = root.schema === bucketSchema ? root.buckets : undefined
      const inBuckets = (await texts(buckets)).flatMap((text) =>
        text === '' ? [] : blobsInBucket(readBucket(text)),
      )
      const named = (buckets?.shards ?? []).filter((hash) => hash !== null)
      const names = new Set([...blobsOf(root), ...named, ...inBuckets])
      known = { jws, names }
      return names
    },
  }
}

function readable(jws: string): ReturnType<typeof rereadRoot> | undefined {
  try {
    return rereadRoot(jws)
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}
