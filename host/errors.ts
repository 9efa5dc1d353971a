/**
 * Why a self-hosted edge cannot run:
 * DATABASE_*: the file or its directory cannot be accessed, is damaged or no database, is locked by another process,
 * or the disk failed or is full; LISTEN_*: the address is in use, forbidden, not an address of this machine, or
 * listening failed for another reason; CERTIFICATE_*: a PEM file cannot be read or written, has no usable content, or
 * the key does not belong to the certificate; STORE_*: the store of several edges cannot be reached, refuses this edge, or
 * cannot hold its snapshots.
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
  | 'STORE_UNREACHABLE'
  | 'STORE_DENIED'
  | 'STORE_UNUSABLE'

/** The error that host/ throws: branch on `code`, show `message`, which is one line and names the file or address. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of a caught value, which need not be an Error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The code of an error, such as 'EACCES'; undefined when it has none. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
