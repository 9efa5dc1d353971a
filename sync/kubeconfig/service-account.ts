import { accessSync, constants } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { KubeconfigError } from './errors.ts'
import type { CredentialsWorld, Target } from './target.ts'

/** Where kubelets mount a pod's service account. */
const mount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Ports on which an API, such as the one of `kubectl proxy` in a sidecar, speaks plain HTTP. */
const plainPorts = ['80', '8080', '8001']

/** Whether this process runs in a pod, to judge by the variables that kubelets set. */
export function isInPod(env: CredentialsWorld['env']): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST)
}

/**
 * The API and service account of the pod that this process runs in. Over plain HTTP no service account is needed and
 * no token is sent. Throws KubeconfigError outside of a pod, or when the service account is not mounted.
 */
export function serviceAccountTarget({ env }: Pick<CredentialsWorld, 'env'>, dir = mount): Target {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env
  if (!host) {
    throw new KubeconfigError(
      'no cluster: this is no pod (KUBERNETES_SERVICE_HOST is not set), and no kubeconfig was given; give --kubeconfig FILE, set KUBECONFIG, or choose a context of ~/.kube/config with --context NAME',
    )
  }
  const isPlain = plainPorts.includes(port)
  const base = {
    source: 'the service account of this pod',
    server: `${isPlain ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    skipTlsVerify: false,
    disableCompression: false,
  }
  if (!URL.canParse(base.server)) {
    throw new KubeconfigError(
      `no cluster: KUBERNETES_SERVICE_HOST "${host}" and KUBERNETES_SERVICE_PORT "${port}" make no URL`,
    )
  }
  if (isPlain) return { ...base, user: { impersonation: {} } }
  return {
    ...base,
    caFile: mounted(dir, 'ca.crt'),
    user: { tokenFile: mounted(dir, 'token'), impersonation: {} },
  }
}

function mounted(dir: string, name: string): string {
  const file = join(dir, name)
  try {
    accessSync(file, constants.R_OK)
    return file
  } catch {
    throw new KubeconfigError(
      `the service account of this pod is not mounted: cannot read ${file}; set automountServiceAccountToken: true, or give --kubeconfig FILE`,
    )
  }
}
