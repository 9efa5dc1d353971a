import { SnapshotError } from '../../snapshot/errors.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { type BlobHash, schemaVersion } from '../../snapshot/schema.ts'

/** The blobs of a root that was verified before; undefined if this release cannot read it. */
export function namedBlobs(jws: string): ReadonlySet<BlobHash> | undefined {
  try {
    const root = rereadRoot(jws)
    return root.schema === schemaVersion ? blobsOf(root) : undefined
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}
