import { type SigningPems, signerOf } from './signer.ts'

/** Signs the Apple profiles that an edge serves, with files that may be renewed while it runs. */
export type ProfileSigner = {
  /** The text of a profile → CMS SignedData in DER. Rejects with SignError. */
  sign(text: string): Promise<Uint8Array>
  /** Uses another key and other certificates from now on. */
  use(pems: SigningPems): void
}

/** Creates a signer. The library of CMS is loaded by the first signature, since most edges make none. */
export function createProfileSigner(pems: SigningPems, now: () => Date): ProfileSigner {
  let signer = signerOf(pems)
  return {
    async sign(text) {
      const { signCms } = await import('./sign-cms.ts')
      return signCms(Buffer.from(text), signer, now())
    },
    use: (next) => void (signer = signerOf(next)),
  }
}
