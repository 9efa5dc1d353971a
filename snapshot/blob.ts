import { toBase64Url } from '../dns/base64url.ts'
import { SnapshotError } from './errors.ts'
import type { BlobHash } from './schema.ts'

const encoder = new TextEncoder()

/** A blob's text → the hash that names it: SHA-256 of its UTF-8 bytes. */
export async function hashBlob(text: string): Promise<BlobHash> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))
}

/**
 * Resolves when the text is the one that the hash names.
 * Throws SnapshotError BLOB_MISMATCH when it is not.
 */
export async function checkBlob(text: string, hash: BlobHash): Promise<void> {
  const actual = await hashBlob(text)
  if (actual !== hash)
    throw new SnapshotError('BLOB_MISMATCH', `blob ${hash} holds bytes whose hash is ${actual}`)
}

/** Is this text of a blob hash's form? Whether such a blob exists is another question. */
export function isBlobHash(value: unknown): value is BlobHash {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
}
