/** The 2-byte lengths of DNS messages on a byte stream (RFC 1035 §4.2.2), read over any division of the stream into chunks. */
export type FrameReader = {
  /** Adds the next bytes of the stream. Only when `next` has returned undefined: the reader keeps one chunk. */
  push(chunk: Uint8Array): void
  /**
   * The next whole message, as a copy; undefined when more bytes are needed. Of a message above `maxBytes`, the first
   * `maxBytes` + 1 bytes are returned after all of it has arrived.
   */
  next(): Uint8Array | undefined
  /** Whether a message has begun whose last byte has not arrived. */
  isPartial(): boolean
}

const lengthBytes = 2
const nothing = new Uint8Array(0)

/** Creates a reader for one stream. It keeps at most one chunk and `maxBytes` + 1 bytes. */
export function createFrameReader(maxBytes: number): FrameReader {
  let chunk: Uint8Array = nothing
  let at = 0
  let lengthRead = 0
  let length = 0
  let body: Uint8Array | undefined
  let received = 0

  /** True when both bytes of the length have been read. */
  function readLength(): boolean {
    while (lengthRead < lengthBytes && at < chunk.length) {
      length = (length << 8) | (chunk[at++] ?? 0)
      lengthRead++
    }
    return lengthRead === lengthBytes
  }

  return {
    push(bytes) {
      chunk = bytes
      at = 0
    },
    next() {
      if (!readLength()) return undefined
      // A copy of the bytes: a message that waits for its answer must not keep the whole chunk in memory.
      body ??= new Uint8Array(Math.min(length, maxBytes + 1))
      const take = Math.min(length - received, chunk.length - at)
      if (received < body.length)
        body.set(chunk.subarray(at, at + Math.min(take, body.length - received)), received)
      at += take
      received += take
      if (received < length) return undefined
      const message = body
      body = undefined
      lengthRead = length = received = 0
      return message
    },
    isPartial: () => lengthRead > 0,
  }
}

/** A message of at most 65,535 bytes → the same behind its length. */
export function frame(message: Uint8Array): Uint8Array {
  const whole = new Uint8Array(lengthBytes + message.length)
  whole[0] = message.length >> 8
  whole[1] = message.length
  whole.set(message, lengthBytes)
  return whole
}
