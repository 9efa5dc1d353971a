import { hashBlob } from '../../snapshot/blob.ts'
import type { BlobHash } from '../../snapshot/schema.ts'

/** A blob whose text is encoded on demand: all texts together would take as much memory as the snapshot. */
export type LazyBlob = { readonly hash: BlobHash; readonly text: () => string }

/** Hashes the text that `encode` returns, which must stay the same while the blob is in use. */
export async function lazyBlob(encode: () => string): Promise<LazyBlob> {
  const text = encode()
  // A new blob is usually sent soon after it is hashed: a weak reference keeps its text until memory is needed.
  const recent = new WeakRef({ text })
  return { hash: await hashBlob(text), text: () => recent.deref()?.text ?? encode() }
}
