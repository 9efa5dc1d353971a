import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { errorText } from '../../host/errors.ts'
import { readInputFile } from '../options/input-file.ts'
import { UsageError } from '../options/option-table.ts'
import { refuseExposedKey } from '../options/private-file.ts'
import type { Signer } from './sign-cms.ts'

/**
 * The key and the certificates of --sign-key and --sign-cert; undefined without both. The certificate of the key is the first one
 * in its PEM file. Throws UsageError for a file that cannot be read, that other users have access to, or for a key of another
 * certificate.
 */
export async function readSigner(
  keyFile: string | undefined,
  certFile: string | undefined,
): Promise<Signer | undefined> {
  if (keyFile === undefined && certFile === undefined) return undefined
  if (keyFile === undefined || certFile === undefined)
    throw new UsageError('--sign-key and --sign-cert need each other')
  const key = readKey(await readInputFile(keyFile, '--sign-key'), keyFile)
  await refuseExposedKey(keyFile)
  const certificates = readCertificates(await readInputFile(certFile, '--sign-cert'), certFile)
  if (!certificates[0]?.checkPrivateKey(key))
    throw new UsageError(`the first certificate in ${certFile} is not that of the key ${keyFile}`)
  return { key, certificates }
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (error) {
    throw new UsageError(`${file} is not an unencrypted private key in PEM: ${errorText(error)}`)
  }
}

function readCertificates(text: string, file: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []
  if (blocks.length === 0) throw new UsageError(`${file} has no certificate in PEM`)
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch (error) {
    throw new UsageError(`${file} has a certificate that is not valid: ${errorText(error)}`)
  }
}
