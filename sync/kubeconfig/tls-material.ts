import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { errorText } from '../error-text.ts'
import type { Target, User } from './target.ts'

/**
 * Whether the authorities of a cluster are PEM certificates → nothing, or a sentence's end that says what is wrong.
 * Node would ignore other content and reject the API's certificate later.
 */
export function authorityProblem({ caFile, caData }: Pick<Target, 'caFile' | 'caData'>): string | undefined {
  const pem = pemOf(caFile, caData)
  if (pem === undefined) return undefined
  const [first] = /-----BEGIN [A-Z ]*CERTIFICATE-----[^-]*-----END [A-Z ]*CERTIFICATE-----/.exec(pem) ?? []
  try {
    if (first === undefined) return 'holds no PEM certificate'
    void new X509Certificate(first)
    return undefined
  } catch (error) {
    return `holds a broken PEM certificate (${errorText(error)})`
  }
}

/** Whether a user's client certificate and key can be used together → nothing, or a sentence's end that says why not. */
export function clientCertificateProblem(user: Omit<User, 'impersonation'>): string | undefined {
  const cert = pemOf(user.certFile, user.certData)
  const key = pemOf(user.keyFile, user.keyData)
  if (cert === undefined || key === undefined) return undefined
  try {
    createSecureContext({ cert, key })
    return undefined
  } catch (error) {
    return `cannot be used; both have to be PEM, the key unencrypted and of this certificate (${errorText(error)})`
  }
}

function pemOf(file: string | undefined, data: string | undefined): string | undefined {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('latin1')
  return file === undefined ? undefined : readFileSync(file, 'latin1')
}
