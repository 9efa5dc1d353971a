import { hashBlob } from '../snapshot/blob.ts'
import type { BlobHash } from '../snapshot/schema.ts'

/** A blob whose text is written again whenever it is asked for: together they would be as long as the snapshot. */
export type LazyBlob = { readonly hash: BlobHash; readonly text: () => string }

/** Hashes what `text` writes, which must be the same until the blob is given up. */
export async function lazyBlob(text: () => string): Promise<LazyBlob> {
  return { hash: await hashBlob(text()), text }
}
