import { createHash, createPublicKey, KeyObject, sign, verify, type webcrypto } from 'node:crypto'

/**
 * Web Crypto works in threads, so the order in which its promises settle is not deterministic. This replaces the
 * operations that kubedoh uses by synchronous ones of node:crypto with the same results, so that virtual time waits for
 * nothing real, and a seed repeats exactly. Returns the function that restores Web Crypto.
 */
export function settleCrypto(): () => void {
  const { subtle } = globalThis.crypto
  const settled = {
    digest: async (_: string, data: Uint8Array) => arrayBuffer(createHash('sha256').update(data).digest()),
    sign: async (_: unknown, key: CryptoKey, data: Uint8Array) =>
      arrayBuffer(sign(null, data, KeyObject.from(key))),
    verify: async (_: unknown, key: CryptoKey, signature: Uint8Array, data: Uint8Array) =>
      verify(null, data, KeyObject.from(key), signature),
    importKey: async (_: string, key: webcrypto.JsonWebKey) =>
      createPublicKey({ key, format: 'jwk' }).toCryptoKey({ name: 'Ed25519' }, true, ['verify']),
  }
  Object.assign(subtle, settled)
  return () => {
    for (const name of Object.keys(settled)) Reflect.deleteProperty(subtle, name)
  }
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
