import { toBase64Url } from '../dns/base64url.ts'
import { SnapshotError } from './errors.ts'
import type { BlobHash } from './schema.ts'

const encoder = new TextEncoder()

/** A blob's text → the hash that names it: SHA-256 of its UTF-8 bytes. */
export function hashBlob(text: string): Promise<BlobHash> {
  return sha256(text)
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes, in base64url without padding: 43 characters. */
export async function sha256(data: Uint8Array | string): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : (data as Uint8Array<ArrayBuffer>)
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

/**
 * Checks that the text has this hash. Rejects with SnapshotError BLOB_MISMATCH if it has another one.
 */
export async function checkBlob(text: string, hash: BlobHash): Promise<void> {
  const actual = await hashBlob(text)
  if (actual !== hash)
    throw new SnapshotError('BLOB_MISMATCH', `the content of blob ${hash} has the hash ${actual}`)
}

/** True if a value has the form of a blob's hash; the blob need not exist. */
export function isBlobHash(value: unknown): value is BlobHash {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
}
