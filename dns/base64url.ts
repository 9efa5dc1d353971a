/** Bytes → base64url without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/**
 * Base64url text without padding (RFC 8484 §6, RFC 4648 §5) → bytes; undefined for any other alphabet, padding,
 * an impossible length, or leftover bits that are not zero (RFC 4648 §3.5), so that one message has one text.
 */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  const leftover = text.length % 4
  if (leftover === 1) return undefined
  const last = text.slice(-1)
  if (leftover === 2 && !'AQgw'.includes(last)) return undefined
  if (leftover === 3 && !'AEIMQUYcgkosw048'.includes(last)) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}
