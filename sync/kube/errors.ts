/** Why a cluster's API gave nothing. */
export type KubeCode =
  /** What the kubeconfig says about credentials failed: a plugin, a token's file. */
  | 'KUBE_CREDENTIALS'
  /** TLS: one side does not accept the other's certificate. */
  | 'KUBE_CERTIFICATE'
  /** No answer, or one that broke off. */
  | 'KUBE_UNREACHABLE'
  /** An open watch of which nothing was heard for too long. */
  | 'KUBE_SILENT'
  /** HTTP 401: the credentials are not known to the API. */
  | 'KUBE_UNAUTHORIZED'
  /** HTTP 403: the credentials may not do this. */
  | 'KUBE_FORBIDDEN'
  /** HTTP 404. */
  | 'KUBE_NOT_FOUND'
  /** HTTP 409: somebody else wrote the object first. */
  | 'KUBE_CONFLICT'
  /** HTTP 410: the version to go on from is gone, everything must be listed anew. */
  | 'KUBE_EXPIRED'
  /** HTTP 429. */
  | 'KUBE_THROTTLED'
  /** An answer, object or list above any reasonable size. */
  | 'KUBE_TOO_LARGE'
  /** Any other status, or something that is no list or event. */
  | 'KUBE_ANSWER'

/** A cluster's API could not be used. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly code: KubeCode
  /** How long the API asked to wait, ms; 0 when it did not. */
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
 * A refusal by HTTP status, or by the status that a watch sends as an event → the error. `doing` names the
 * verb and resource, such as 'list services': what a role is missing.
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
