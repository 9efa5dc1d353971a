import type { BlobHash } from '../../snapshot/schema.ts'
import type { KvReader, KvWriter } from '../../worker/ports.ts'
import type { Deletions } from './deletions.ts'
import type { Records } from './records.ts'
import type { Subjects } from './subjects.ts'

/** The blobs in a bucket, as the register writes them. Roots are records of the ledger, so no key of a root is written here. */
export function createNatsKv(
  records: Records,
  subjects: Subjects,
  deletions: Deletions,
): KvReader & KvWriter {
  return {
    async get(key) {
      const [cluster, hash] = blobIn(key)
      return (await records.constant(subjects.blob(cluster, hash)))?.text ?? null
    },
    async put(key, value) {
      const [cluster, hash] = blobIn(key)
      await records.put(subjects.blob(cluster, hash), value)
    },
    async delete(key) {
      const [cluster, hash] = blobIn(key)
      const upTo = deletions.upTo(cluster, hash)
      if (upTo !== undefined) await records.remove(subjects.blob(cluster, hash), upTo)
    },
  }
}

/** The key of a blob (snapshot/keys.ts) → its cluster and hash. Throws for any other key. */
function blobIn(key: string): readonly [string, BlobHash] {
  const [cluster, kind, hash] = key.split('/')
  if (cluster === undefined || kind !== 'blob' || hash === undefined) throw new Error(`${key} names no blob`)
  return [cluster, hash]
}
