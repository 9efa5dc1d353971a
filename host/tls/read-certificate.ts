import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errorText, HostError, type HostErrorCode } from '../errors.ts'

/** A server's certificate as PEM texts. */
export type Certificate = {
  /** The server's certificate first, then intermediate certificates. */
  readonly certPem: string
  readonly keyPem: string
}

/**
 * Reads a certificate chain and its private key from two PEM files. Throws HostError CERTIFICATE_UNREADABLE,
 * CERTIFICATE_INVALID or CERTIFICATE_MISMATCH, naming the file.
 */
export async function readCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  const certPem = await readText(certFile)
  const keyPem = await readText(keyFile)
  const certificate = parse(certFile, 'a PEM certificate', () => new X509Certificate(certPem))
  const key: KeyObject = parse(keyFile, 'an unencrypted PEM private key', () => createPrivateKey(keyPem))
  if (!certificate.checkPrivateKey(key)) {
    throw new HostError(
      'CERTIFICATE_MISMATCH',
      `the key in ${keyFile} does not belong to the certificate in ${certFile}`,
    )
  }
  return { certPem, keyPem }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unusable('CERTIFICATE_UNREADABLE', `cannot read ${file}`, error)
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unusable('CERTIFICATE_INVALID', `${file} does not hold ${what}`, error)
  }
}

function unusable(code: HostErrorCode, problem: string, error: unknown): HostError {
  return new HostError(code, `${problem} (${errorText(error)})`, {
    cause: error,
  })
}
