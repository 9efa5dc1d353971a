import { base64url, CompactSign } from 'jose'
import { algorithm, type SigningKey, type TrustedKeys } from './key.ts'

/** The purpose of a signature. A signature for one purpose is not valid for another. */
export type JwsType = 'kubedoh-root' | 'kubedoh-proof' | 'kubedoh-follow' | 'kubedoh-token'

/** A payload → a compact JWS (RFC 7515 §3.1) with `typ` and `kid` in its protected header. */
export function sign(payload: unknown, type: JwsType, key: SigningKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid })
    .sign(key.privateKey)
}

/**
 * Three parts of base64url; the last is an Ed25519 signature in its only canonical spelling: 64 bytes are 86 characters,
 * and the last character has 2 significant bits. Decoders ignore padding, white space and the other bits. Without this
 * check, one root would have many spellings, and each would look like another root of the same generation.
 */
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/

/**
 * A compact JWS → its payload's text and key id, or undefined when it is not of this type, not signed by a
 * trusted key, or malformed. Callers cannot tell these causes apart.
 */
export async function verify(
  jws: string,
  type: JwsType,
  keys: TrustedKeys,
): Promise<{ text: string; kid: string } | undefined> {
  if (!compactForm.test(jws)) return undefined
  const [header = '', payload = '', signature = ''] = jws.split('.')
  const { alg, typ, kid, crit } = headerOf(header) ?? {}
  const key = typeof kid === 'string' ? keys.get(kid) : undefined
  // No extension is known, so a header with any is refused (RFC 7515 §4.1.11).
  if (!key || alg !== algorithm || typ !== type || crit !== undefined) return undefined
  try {
    const signed = new TextEncoder().encode(`${header}.${payload}`)
    const bytes = new Uint8Array(base64url.decode(signature))
    const isValid = await crypto.subtle.verify('Ed25519', key, bytes, signed)
    return isValid ? { text: payloadOf(jws), kid: String(kid) } : undefined
  } catch {
    return undefined
  }
}

type Header = { readonly [F in 'alg' | 'typ' | 'kid' | 'crit']?: unknown }

/** A header in base64url, whose signature is not checked here; undefined unless it is a JSON object. */
function headerOf(text: string): Header | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(text)))
    return typeof header === 'object' && header !== null ? header : undefined
  } catch {
    return undefined
  }
}

/** The text of a compact JWS; its signature is not checked here. Throws TypeError for text that is not base64url. */
export function payloadOf(jws: string): string {
  return new TextDecoder().decode(base64url.decode(jws.split('.')[1] ?? ''))
}

/** The key ID in a compact JWS, unverified; undefined where the text has none. */
export function keyIdOf(jws: string): string | undefined {
  const { kid } = headerOf(jws.split('.', 1)[0] ?? '') ?? {}
  return typeof kid === 'string' ? kid : undefined
}
