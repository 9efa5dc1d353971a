import { hashBlob } from '../snapshot/blob.ts'
import type { BlobHash } from '../snapshot/schema.ts'

/** Blobs by hash. */
export type Blobs = Map<BlobHash, string>

/** Adds a blob's text to the others and gives its hash. */
export async function addBlob(blobs: Blobs, text: string): Promise<BlobHash> {
  const hash = await hashBlob(text)
  blobs.set(hash, text)
  return hash
}
