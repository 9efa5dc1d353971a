/** A message of an answer that is repeated is small: hundreds share one piece of memory. */
const chunkBytes = 65_536

let chunk = new ArrayBuffer(chunkBytes)
let used = 0

/**
 * A copy of some bytes in memory that copies made before and after it share, since a piece of memory of its own
 * costs more than all else that a repeated answer does. It is as private as any other as long as nobody looks
 * at its `buffer`.
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
