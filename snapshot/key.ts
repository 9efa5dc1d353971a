import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { sha256 } from './blob.ts'

/** Signature algorithm of roots and proofs: Ed25519 (RFC 8037). */
export const algorithm = 'EdDSA'

/** An agent's private key as a JWK (RFC 8037 §2), as `kubedoh key` writes it to a file. */
export type PrivateJwk = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly d: string
}

/** A key to sign with, and its id, by which readers find the public key. */
export type SigningKey = { readonly kid: string; readonly privateKey: CryptoKey; readonly publicKey: string }

/** The keys that a cluster's roots and proofs may be signed with, by key id. */
export type TrustedKeys = ReadonlyMap<string, CryptoKey>

/** 32 bytes of base64url in their only canonical spelling, since another spelling would have another key id. */
const keyForm = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** Makes a new key pair. */
export async function generateKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true })
  const { kty, crv, x, d } = await exportJWK(privateKey)
  return { kty, crv, x, d } as PrivateJwk
}

/**
 * A private JWK → a key to sign with. `publicKey` is the JWK's `x`, as in the configuration of an edge.
 * Throws TypeError when the value is not an Ed25519 private JWK.
 */
export async function importPrivateKey(jwk: unknown): Promise<SigningKey> {
  const { kty, crv, x, d } = (jwk ?? {}) as Partial<PrivateJwk>
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof d !== 'string') {
    throw new TypeError('not a private Ed25519 key in JWK form (kty OKP, crv Ed25519, x, d)')
  }
  if (!keyForm.test(x)) throw new TypeError('not a private Ed25519 key: x is not 32 bytes in base64url')
  const privateKey = await importJWK({ kty, crv, x, d }, algorithm).catch(() => {
    throw new TypeError('not a private Ed25519 key: d is invalid, or x is not its public key')
  })
  return { kid: await keyId(x), privateKey, publicKey: x }
}

/**
 * Public keys, each the `x` of its JWK (43 characters of base64url) → keys to verify with.
 * Throws TypeError when one of them is not an Ed25519 public key.
 */
export async function importTrustedKeys(publicKeys: readonly string[]): Promise<TrustedKeys> {
  const entries = publicKeys.map(async (x): Promise<[string, CryptoKey]> => {
    const refuse = (): never => {
      throw new TypeError(`"${x}" is not an Ed25519 public key in base64url`)
    }
    if (!keyForm.test(x)) refuse()
    const jwk = { kty: 'OKP', crv: 'Ed25519', x }
    const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify']).catch(refuse)
    return [await keyId(x), key]
  })
  return new Map(await Promise.all(entries))
}

/** A public key's id: its JWK thumbprint (RFC 7638 §3), the SHA-256 of its required members in this order. */
export function keyId(publicKey: string): Promise<string> {
  return sha256(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: publicKey }))
}
