import { hashBlob } from '../../snapshot/blob.ts'
import type { BlobHash } from '../../snapshot/schema.ts'

/** A blob whose text is written again whenever it is asked for late: together they would be as long as the snapshot. */
export type LazyBlob = { readonly hash: BlobHash; readonly text: () => string }

/** Hashes what `write` writes, which must be the same until the blob is given up. */
export async function lazyBlob(write: () => string): Promise<LazyBlob> {
  const text = write()
  // What is new is sent soon after it was hashed, and until somebody needs the memory its text is still at hand.
  const recent = new WeakRef({ text })
  return { hash: await hashBlob(text), text: () => recent.deref()?.text ?? write() }
}
