/**
 * Why the edge gave no answer. EDGE_UNREACHABLE: there is no connection to it, or it ended twice; EDGE_SILENT: no response
 * in time; EDGE_BUSY: too many queries wait; EDGE_REFUSED: it refuses the caller (401, 403, 404), so that asking again is of
 * no use; EDGE_LIMITED: too many requests (429); EDGE_NOT_READY: it cannot decide now (503); EDGE_STATUS: any other status;
 * EDGE_ANSWER: the body is not the expected one.
 */
export type LinkErrorCode =
  | 'EDGE_UNREACHABLE'
  | 'EDGE_SILENT'
  | 'EDGE_BUSY'
  | 'EDGE_REFUSED'
  | 'EDGE_LIMITED'
  | 'EDGE_NOT_READY'
  | 'EDGE_STATUS'
  | 'EDGE_ANSWER'

/** A request to the edge that failed: branch on `code`. `message` is one line, says what to do, and never has the path, which may contain a token. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly code: LinkErrorCode

  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
