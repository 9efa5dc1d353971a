/**
 * What can go wrong around the test cluster:
 * GO_MISSING, OPENSSL_MISSING: a tool this machine lacks; BUILD_FAILED: `go build` said no;
 * COMMAND_FAILED: a short-lived command ended badly; PROGRAM_EXITED: a part of the plane ended by itself;
 * TIMEOUT: a wait ran out; NOT_OWNED: asked of a cluster that somebody else runs.
 */
export type ClusterErrorCode =
  | 'GO_MISSING'
  | 'OPENSSL_MISSING'
  | 'BUILD_FAILED'
  | 'COMMAND_FAILED'
  | 'PROGRAM_EXITED'
  | 'TIMEOUT'
  | 'NOT_OWNED'

/** The one error of this folder: branch on `code`, show `message`. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Whether `error` is a ClusterError with this code. */
export function hasCode(error: unknown, code: ClusterErrorCode): error is ClusterError {
  return error instanceof ClusterError && error.code === code
}
