import { createHash, createPublicKey, KeyObject, sign, verify, type webcrypto } from 'node:crypto'

/**
 * Web Crypto does its work in threads, so its promises settle at some real moment, in some order. Here every
 * operation that kubedoh uses is done at once and by node:crypto, with the same results; then virtual time
 * needs to wait for nothing, and a seed repeats exactly. Gives the function that takes it back.
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
