/** Bytes → base64url without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The six bits that a character encodes, by its code; 64 for one that is not in the alphabet. */
const sextets = new Uint8Array(128).fill(64)
for (let value = 0; value < 64; value++) sextets[alphabet.charCodeAt(value)] = value

/**
 * Base64url text without padding (RFC 8484 §6, RFC 4648 §5) → bytes; undefined for any other alphabet, padding,
 * an impossible length, or leftover bits that are not zero (RFC 4648 §3.5), so that one message has one text.
 */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let pending = 0
  let bits = 0
  let to = 0
  for (let at = 0; at < text.length; at++) {
    const sextet = sextets[text.charCodeAt(at)] ?? 64
    if (sextet === 64) return undefined
    pending = (pending << 6) | sextet
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[to++] = pending >> bits
    pending &= (1 << bits) - 1
  }
  return pending === 0 ? bytes : undefined
}
