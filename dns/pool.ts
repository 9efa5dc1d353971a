/** The size of one shared buffer (bytes). Messages of repeated answers are small, so hundreds fit into one. */
const chunkBytes = 65_536

/** On JavaScriptCore (Bun) a small array of its own costs a tenth of a view of a buffer; on V8 it costs thirty times a view. */
const areViewsCheap = !('Bun' in globalThis)

let chunk = new ArrayBuffer(chunkBytes)
let used = 0

/**
 * Zero bytes, on V8 in memory that is shared with earlier and later ones, because a separate allocation would cost more than the
 * rest of a repeated answer. The caller must not use `buffer` of the result, which contains other bytes too.
 */
export function pooledBytes(length: number): Uint8Array<ArrayBuffer> {
  if (!areViewsCheap || length > chunkBytes / 8) return new Uint8Array(length)
  if (used + length > chunkBytes) {
    chunk = new ArrayBuffer(chunkBytes)
    used = 0
  }
  const bytes = new Uint8Array(chunk, used, length)
  used += length
  return bytes
}

/** A copy of bytes, in shared memory as those of pooledBytes. */
export function pooledCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = pooledBytes(bytes.length)
  copy.set(bytes)
  return copy
}
