import { QueryError } from './errors.ts'

/** OpenSSL's and Node's codes for a certificate that no trusted authority signed. */
export const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])

/** Codes for a certificate that is not valid for this server or at this time. */
const invalid = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
])

/** Where a connection goes, in the fields of a URL: `host` with the port, and the scheme if HTTP is asked for. */
export type Place = { readonly host: string; readonly hostname: string; readonly protocol?: string }

/** A failed connection → QueryError whose message says how to fix it; a QueryError is returned unchanged. */
export function connectError(error: unknown, place: Place): QueryError {
  if (error instanceof QueryError) return error
  const reason = reasonOf(error)
  const code = codeOf(error)
  const options = { cause: error }
  if (untrustedCodes.has(code)) {
    const hint = 'name its authority with --ca FILE'
    return new QueryError(
      'CERTIFICATE_UNTRUSTED',
      `the certificate of ${place.host} is not trusted; ${hint}`,
      options,
    )
  }
  if (invalid.has(code)) {
    return new QueryError(
      'CERTIFICATE_UNTRUSTED',
      `the certificate of ${place.host} cannot be used: ${reason}`,
      options,
    )
  }
  if (code === 'ECONNREFUSED') {
    return new QueryError('CONNECT_REFUSED', `nothing listens on ${place.host} (connection refused)`, options)
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new QueryError('HOST_UNKNOWN', `the host ${place.hostname} cannot be looked up`, options)
  }
  const otherwise = place.protocol === undefined ? '' : ' Otherwise say http://'
  const hint = code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? `; does it speak TLS?${otherwise}` : ''
  return new QueryError('CONNECT_FAILED', `the connection to ${place.host} failed: ${reason}${hint}`, options)
}

/** OpenSSL's messages name source files, so its short reason is used instead. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
}

/** The code of an error, or of the first one when several addresses were tried. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && !('code' in error)) return codeOf(error.errors[0])
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
