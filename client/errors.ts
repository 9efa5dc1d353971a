/**
 * Why a query has no answer. OPTION_*: the name, type, URL, server, server name of TLS or CA file is wrong;
 * HOST_UNKNOWN, CONNECT_*: the server cannot be reached; CERTIFICATE_UNTRUSTED: its certificate is not trusted or not valid; TIMEOUT;
 * HTTP_STATUS: the server refused; ANSWER_INVALID: the response is not a DNS message.
 */
export type QueryErrorCode =
  | 'OPTION_NAME'
  | 'OPTION_TYPE'
  | 'OPTION_URL'
  | 'OPTION_SERVER'
  | 'OPTION_TLS_HOST'
  | 'OPTION_CA'
  | 'HOST_UNKNOWN'
  | 'CONNECT_REFUSED'
  | 'CONNECT_FAILED'
  | 'CERTIFICATE_UNTRUSTED'
  | 'TIMEOUT'
  | 'HTTP_STATUS'
  | 'ANSWER_INVALID'

/** A query that failed: branch on `code`, show `message`, which is one line. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly code: QueryErrorCode

  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of a caught value, which need not be an Error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
