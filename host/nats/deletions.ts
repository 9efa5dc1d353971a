import type { BlobHash } from '../../snapshot/schema.ts'

/**
 * The deletions that this process has begun: up to which sequence the writes of a blob are to be removed. It is that of the record against
 * which the blob was chosen, so a blob that is written again meanwhile stays.
 */
export type Deletions = {
  begin(cluster: string, hash: BlobHash, upTo: number): void
  /** Undefined for a blob that is not being deleted by this process. */
  upTo(cluster: string, hash: BlobHash): number | undefined
  /** Forgets a deletion; its sequence. */
  end(cluster: string, hash: BlobHash): number | undefined
}

/** No deletion has begun. One that fails stays until it is begun again, so there are at most as many as blobs that leave. */
export function createDeletions(): Deletions {
  const begun = new Map<string, number>()
  const keyOf = (cluster: string, hash: BlobHash): string => `${cluster} ${hash}`
  return {
    begin: (cluster, hash, upTo) => void begun.set(keyOf(cluster, hash), upTo),
    upTo: (cluster, hash) => begun.get(keyOf(cluster, hash)),
    end(cluster, hash) {
      const key = keyOf(cluster, hash)
      const upTo = begun.get(key)
      begun.delete(key)
      return upTo
    },
  }
}
