import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** What signs: a key, and its certificates with the key's own first. */
export type Signer = { readonly key: KeyObject; readonly certificates: readonly X509Certificate[] }

/** The same as PEM texts, which can be sent to other processes. */
export type SigningPems = { readonly keyPem: string; readonly certPem: string }

/** PEM texts → what signs. Throws the errors of node:crypto; without a certificate the list is empty. */
export function signerOf({ keyPem, certPem }: SigningPems): Signer {
  const blocks = certPem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []
  return { key: createPrivateKey(keyPem), certificates: blocks.map((block) => new X509Certificate(block)) }
}
