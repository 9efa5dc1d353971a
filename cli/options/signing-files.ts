import { errorText } from '../../host/errors.ts'
import { type Signer, type SigningPems, signerOf } from '../../host/signing/signer.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'
import { refuseExposedKey } from './private-file.ts'

/** The options of everything that signs Apple profiles. */
export const signingOptions = {
  'sign-key': {
    kind: 'text',
    value: 'FILE',
    help: 'sign profiles for Apple devices (mobileconfig) with this private key (PEM; RSA or EC)',
  },
  'sign-cert': {
    kind: 'text',
    value: 'FILE',
    help: "the certificate of --sign-key, followed by those of its authorities (PEM); a device then shows the certificate's name instead of `unsigned`",
  },
} as const

/** The files of `signingOptions`, as an edge uses them. */
export type Signing = {
  readonly pems: SigningPems
  readonly files: readonly string[]
  /** Reads the files again. Throws UsageError. */
  readonly read: () => Promise<SigningPems>
}

type Values = { readonly 'sign-key': string | undefined; readonly 'sign-cert': string | undefined }

/**
 * Reads the key and the certificates of --sign-key and --sign-cert; undefined without both. The certificate of the key is the first one
 * in its PEM file. Throws UsageError for a file that cannot be read, that other users have access to, for a key of another
 * certificate, and for a key that Apple's systems do not verify.
 */
export async function signingOf({
  'sign-key': keyFile,
  'sign-cert': certFile,
}: Values): Promise<Signing | undefined> {
  if (keyFile === undefined && certFile === undefined) return undefined
  if (keyFile === undefined || certFile === undefined)
    throw new UsageError('--sign-key and --sign-cert need each other')
  const read = (): Promise<SigningPems> => readSigningFiles(keyFile, certFile)
  return { pems: await read(), files: [keyFile, certFile], read }
}

async function readSigningFiles(keyFile: string, certFile: string): Promise<SigningPems> {
  const keyPem = await readInputFile(keyFile, '--sign-key')
  await refuseExposedKey(keyFile)
  const certPem = await readInputFile(certFile, '--sign-cert')
  const { key } = parsed({ keyPem, certPem: '' }, `${keyFile} is not an unencrypted private key in PEM`)
  const { certificates } = parsed({ keyPem, certPem }, `${certFile} has a certificate that is not valid`)
  const [own] = certificates
  if (!own) throw new UsageError(`${certFile} has no certificate in PEM`)
  if (!own.checkPrivateKey(key))
    throw new UsageError(`the first certificate in ${certFile} is not that of the key ${keyFile}`)
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ec')
    throw new UsageError(
      `the key in ${keyFile} is of type ${key.asymmetricKeyType}; Apple's systems verify RSA and EC keys`,
    )
  return { keyPem, certPem }
}

function parsed(pems: SigningPems, problem: string): Signer {
  try {
    return signerOf(pems)
  } catch (error) {
    throw new UsageError(`${problem}: ${errorText(error)}`)
  }
}
