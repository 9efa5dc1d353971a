/** The namespace of URLs (RFC 9562 §6.6). */
const urlNamespace = '6ba7b811-9dad-11d1-80b4-00c04fd430c8'

/** The UUID of a URL, or of a name that begins with one: version 5, of SHA-1 (RFC 9562 §5.5). In capitals, as Apple writes them. */
export async function stableUuid(name: string): Promise<string> {
  const namespace = Array.from(urlNamespace.replaceAll('-', '').match(/../g) ?? [], (hex) =>
    Number.parseInt(hex, 16),
  )
  const bytes = Uint8Array.from([...namespace, ...new TextEncoder().encode(name)])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes)).slice(0, 16)
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase()
}
