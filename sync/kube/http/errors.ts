/** Why a request to a cluster's API failed. */
export type KubeCode =
  /** Credentials are not available: a plugin or a token file failed. */
  | 'KUBE_CREDENTIALS'
  /** TLS: one side does not accept the other's certificate. */
  | 'KUBE_CERTIFICATE'
  /** No response, or one that broke off. */
  | 'KUBE_UNREACHABLE'
  /** An open watch received nothing for too long. */
  | 'KUBE_SILENT'
  /** HTTP 401: the API does not accept the credentials. */
  | 'KUBE_UNAUTHORIZED'
  /** HTTP 403: the credentials may not do this. */
  | 'KUBE_FORBIDDEN'
  /** HTTP 404. */
  | 'KUBE_NOT_FOUND'
  /** HTTP 409: another client wrote the object first. */
  | 'KUBE_CONFLICT'
  /** HTTP 410: the version to continue from has expired, and a new list is needed. */
  | 'KUBE_EXPIRED'
  /** HTTP 429. */
  | 'KUBE_THROTTLED'
  /** A response, object or list is above the size limit. */
  | 'KUBE_TOO_LARGE'
  /** Any other status, or a body that is not a list or event. */
  | 'KUBE_ANSWER'

/** A cluster's API could not be used. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly code: KubeCode
  /** The wait that the API asked for (ms), 0 when it did not. */
  readonly retryAfterMs: number

  /** Whether trying again is pointless, so that the agent ends: the first request of all failed for a lasting reason. */
  readonly isFinal: boolean

  constructor(
    code: KubeCode,
    message: string,
    {
      retryAfterMs = 0,
      isFinal = false,
    }: { readonly retryAfterMs?: number; readonly isFinal?: boolean } = {},
  ) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.isFinal = isFinal
  }
}

const codes: ReadonlyMap<number, KubeCode> = new Map([
  [401, 'KUBE_UNAUTHORIZED'],
  [403, 'KUBE_FORBIDDEN'],
  [404, 'KUBE_NOT_FOUND'],
  [409, 'KUBE_CONFLICT'],
  [410, 'KUBE_EXPIRED'],
  [429, 'KUBE_THROTTLED'],
])

/**
 * A refusal by HTTP status, or by the Status in a watch's ERROR event → the error. `doing` names the verb and resource
 * that a role would have to allow, such as 'list services'.
 */
export function kubeRefusal(
  status: number,
  doing: string,
  refusal: { readonly message: string; readonly retryAfterMs: number },
): KubeError {
  const code = codes.get(status) ?? 'KUBE_ANSWER'
  const hint = code === 'KUBE_FORBIDDEN' ? ' (the agent needs a role that allows it)' : ''
  return new KubeError(code, `cannot ${doing}: HTTP ${status}: ${refusal.message}${hint}`, {
    retryAfterMs: refusal.retryAfterMs,
  })
}
