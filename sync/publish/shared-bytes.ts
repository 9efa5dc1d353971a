/**
 * Encodes texts as UTF-8 into one buffer: the bytes hold until the next call. The bodies of a large snapshot are hundreds of arrays of
 * half a megabyte otherwise, which stay in memory until a collection of the whole heap.
 */
export function createSharedBytes(): (text: string) => Uint8Array {
  const encoder = new TextEncoder()
  let buffer = new Uint8Array(0)
  return (text) => {
    const length = Buffer.byteLength(text)
    if (buffer.length < length) buffer = new Uint8Array(length)
    encoder.encodeInto(text, buffer)
    return buffer.subarray(0, length)
  }
}
