/**
 * Why a root could not be copied from a source:
 * SOURCE_UNREACHABLE: no complete answer in time; SOURCE_REFUSES: it answers as to an unknown path, and its log has the reason;
 * SOURCE_ANSWER: an answer that no source gives, because it is too large, malformed or of another hash;
 * SOURCE_INCOMPLETE: it does not have a blob or bucket of its root, or the root was replaced meanwhile.
 */
export type FollowCode = 'SOURCE_UNREACHABLE' | 'SOURCE_REFUSES' | 'SOURCE_ANSWER' | 'SOURCE_INCOMPLETE'

/** The error of a source: branch on `code`, show `message`. */
export class FollowError extends Error {
  override readonly name = 'FollowError'
  readonly code: FollowCode

  constructor(code: FollowCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
