/**
 * Failures of the test cluster:
 * GO_MISSING, OPENSSL_MISSING: the tool is not installed; BUILD_FAILED: `go build` failed; COMMAND_FAILED: a
 * short-lived command failed; PROGRAM_EXITED: a program of the plane ended by itself; NOT_OWNED: the operation is not
 * possible on a given cluster.
 */
export type ClusterErrorCode =
  | 'GO_MISSING'
  | 'OPENSSL_MISSING'
  | 'BUILD_FAILED'
  | 'COMMAND_FAILED'
  | 'PROGRAM_EXITED'
  | 'NOT_OWNED'

/** The error of this folder. Code decides by `code`; `message` is for people. */
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
