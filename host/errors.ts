/**
 * What can keep a self-hosted edge from running:
 * DATABASE_*: the file cannot be reached, is not a database or is damaged, is held by another process, or the
 * disk said no; LISTEN_*: the address is taken, forbidden, not of this machine, or failed in another way;
 * CERTIFICATE_*: a PEM file cannot be read or stored, holds nothing usable, or the key is not the certificate's.
 */
export type HostErrorCode =
  | 'DATABASE_DENIED'
  | 'DATABASE_INVALID'
  | 'DATABASE_LOCKED'
  | 'DATABASE_FAILED'
  | 'LISTEN_IN_USE'
  | 'LISTEN_DENIED'
  | 'LISTEN_ADDRESS'
  | 'LISTEN_FAILED'
  | 'CERTIFICATE_UNREADABLE'
  | 'CERTIFICATE_INVALID'
  | 'CERTIFICATE_MISMATCH'

/** The error of this folder: branch on `code`, show `message`, which is one line and names the file or address. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The system's code of an error, such as 'EACCES'; undefined when it has none. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
