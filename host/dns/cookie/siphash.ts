/** A SipHash key: the four 32-bit words of 16 bytes, little-endian. */
export type SipKey = readonly [number, number, number, number]

/** 16 bytes → a key. Throws RangeError for another length. */
export function sipKey(bytes: Uint8Array): SipKey {
  if (bytes.length !== 16) throw new RangeError(`a SipHash key has 16 bytes, not ${bytes.length}`)
  return [word(bytes, 0), word(bytes, 4), word(bytes, 8), word(bytes, 12)]
}

/** Four bytes from an offset as a little-endian number; bytes past the end count as 0. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}

/** 1 if the sum of two 32-bit words carries, given its lower 32 bits and one summand. */
function carry(sum: number, summand: number): number {
  return sum >>> 0 < summand >>> 0 ? 1 : 0
}

/**
 * SipHash-2-4 (Aumasson and Bernstein) of bytes: writes the 8 bytes of the hash, little-endian as in the reference
 * implementation and RFC 9018, into `to` at `toOffset`. The lower and upper halves of the state's four 64-bit words are
 * local variables, which is several times as fast as an array or BigInt.
 */
export function sipHash(key: SipKey, bytes: Uint8Array, to: Uint8Array, toOffset: number): void {
  let a = key[0] ^ 0x70736575
  let A = key[1] ^ 0x736f6d65
  let b = key[2] ^ 0x6e646f6d
  let B = key[3] ^ 0x646f7261
  let c = key[0] ^ 0x6e657261
  let C = key[1] ^ 0x6c796765
  let d = key[2] ^ 0x79746573
  let D = key[3] ^ 0x74656462
  let m = 0
  let M = 0
  let t = 0
  // Two rounds for each block and four at the end. The last block has the rest of the bytes, and their number on top.
  const blockRounds = 2 * ((bytes.length >> 3) + 1)
  for (let round = 0; round < blockRounds + 4; round++) {
    if (round < blockRounds && (round & 1) === 0) {
      m = word(bytes, 4 * round)
      M = word(bytes, 4 * round + 4) | (round === blockRounds - 2 ? bytes.length << 24 : 0)
      d ^= m
      D ^= M
    }
    a = (a + b) | 0
    A = (A + B + carry(a, b)) | 0
    t = ((b << 13) | (B >>> 19)) ^ a
    B = ((B << 13) | (b >>> 19)) ^ A
    b = t
    t = a
    a = A
    A = t
    c = (c + d) | 0
    C = (C + D + carry(c, d)) | 0
    t = ((d << 16) | (D >>> 16)) ^ c
    D = ((D << 16) | (d >>> 16)) ^ C
    d = t
    a = (a + d) | 0
    A = (A + D + carry(a, d)) | 0
    t = ((d << 21) | (D >>> 11)) ^ a
    D = ((D << 21) | (d >>> 11)) ^ A
    d = t
    c = (c + b) | 0
    C = (C + B + carry(c, b)) | 0
    t = ((b << 17) | (B >>> 15)) ^ c
    B = ((B << 17) | (b >>> 15)) ^ C
    b = t
    t = c
    c = C
    C = t
    if (round < blockRounds && (round & 1) === 1) {
      a ^= m
      A ^= M
      if (round === blockRounds - 1) c ^= 0xff
    }
  }
  const low = a ^ b ^ c ^ d
  const high = A ^ B ^ C ^ D
  for (let byte = 0; byte < 8; byte++) to[toOffset + byte] = (byte < 4 ? low : high) >>> (8 * (byte & 3))
}
