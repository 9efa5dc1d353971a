/** The size of one shared buffer (bytes). Messages of repeated answers are small, so hundreds fit into one. */
const chunkBytes = 65_536

let chunk = new ArrayBuffer(chunkBytes)
let used = 0

/**
 * Copies bytes into memory that is shared with earlier and later copies, because a separate allocation would cost more
 * than the rest of a repeated answer. The caller must not use `buffer` of the result, which contains other copies too.
 */
export function pooledCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length > chunkBytes / 8) return new Uint8Array(bytes)
  if (used + bytes.length > chunkBytes) {
    chunk = new ArrayBuffer(chunkBytes)
    used = 0
  }
  const copy = new Uint8Array(chunk, used, bytes.length)
  used += bytes.length
  copy.set(bytes)
  return copy
}
