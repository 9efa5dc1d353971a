/** A kubeconfig, or a pod's service account, that cannot be used. The message names the fault, its place and the remedy. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
  readonly code = 'KUBECONFIG_INVALID'
}

/** Credentials are not available: a token file or a credential plugin failed. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
  readonly code = 'KUBE_CREDENTIALS'
}
