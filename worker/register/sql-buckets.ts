import { blobsInBucket, readBucket } from '../../snapshot/bucket.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { maxRootValueBytes } from '../../snapshot/root-value.ts'
import type { BlobHash, ShardFamily } from '../../snapshot/schema.ts'
import type { Sql } from '../ports.ts'
import { hashLists } from './hash-lists.ts'
import type { IncomingBlob } from './register.ts'

/** One row for each bucket: a row of a Durable Object has at most 2 MB, which the buckets of a large cluster exceed together. */
export const bucketTable = `CREATE TABLE IF NOT EXISTS bucket_v1 (cluster TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (cluster, hash))`

/** The rows of one cluster's buckets. They are read once, and then kept in memory. */
export type BucketRows = {
  /** Adds buckets that are not kept yet, all or none. */
  keep(buckets: readonly IncomingBlob[]): void
  /** The texts of a root's buckets, '' for an empty one. Throws SnapshotError BUCKET_MISSING, with the missing ones. */
  texts(hashes: ShardFamily | undefined): string[]
  /** The blobs that a root's buckets name. Throws as `texts`. */
  blobs(hashes: ShardFamily | undefined): BlobHash[]
  /** Throws SnapshotError SCHEMA if these buckets and a root would exceed the largest value of a store. Throws as `texts`. */
  checkSize(hashes: ShardFamily | undefined, jws: string): void
  /** Removes all other buckets. */
  forgetOthers(hashes: ShardFamily | undefined): void
}

type Row = { readonly text: string; blobs?: readonly BlobHash[] }

/** The rows in a database that has the table. It must be the only one that writes the cluster's rows. */
export function createBucketRows(sql: Sql, cluster: string): BucketRows {
  let read: Map<BlobHash, Row> | undefined

  function rows(): Map<BlobHash, Row> {
    read ??= new Map(
      sql
        .run('SELECT hash, text FROM bucket_v1 WHERE cluster = ?', cluster)
        .map(({ hash, text }) => [String(hash), { text: String(text) }]),
    )
    return read
  }

  function rowsOf(hashes: ShardFamily | undefined): (Row | null)[] {
    const found = (hashes?.shards ?? []).map((hash) => (hash === null ? null : rows().get(hash)))
    const missing = found.flatMap((row, at) => (row === undefined ? [at] : []))
    if (missing.length > 0)
      throw new SnapshotError('BUCKET_MISSING', `these buckets were never sent: ${missing.join(', ')}`)
    return found.map((row) => row ?? null)
  }

  return {
    keep(buckets) {
      const added = buckets.filter(({ hash }) => !rows().has(hash))
      if (added.length === 0) return
      sql.transaction(() => {
        for (const { hash, text } of added)
          sql.run('INSERT OR REPLACE INTO bucket_v1 VALUES (?, ?, ?)', cluster, hash, text)
      })
      for (const { hash, text } of added) rows().set(hash, { text })
    },
    texts: (hashes) => rowsOf(hashes).map((row) => row?.text ?? ''),
    blobs: (hashes) =>
      rowsOf(hashes).flatMap((row) => {
        if (!row) return []
        row.blobs ??= blobsInBucket(readBucket(row.text))
        return row.blobs
      }),
    checkSize(hashes, jws) {
      const bytes = rowsOf(hashes).reduce((sum, row) => sum + (row?.text.length ?? 0) + 1, jws.length)
      if (bytes > maxRootValueBytes)
        throw new SnapshotError(
          'SCHEMA',
          `root and buckets have ${bytes} bytes, at most ${maxRootValueBytes} can be stored`,
        )
    },
    forgetOthers(hashes) {
      const named = new Set(hashes?.shards)
      const others = [...rows().keys()].filter((hash) => !named.has(hash))
      if (others.length === 0) return
      const list = 'DELETE FROM bucket_v1 WHERE cluster = ? AND hash IN (SELECT value FROM json_each(?))'
      for (const some of hashLists(others)) sql.run(list, cluster, some)
      for (const hash of others) rows().delete(hash)
    },
  }
}
