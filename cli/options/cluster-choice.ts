import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { KubeLocation } from '../../sync/kubeconfig/read-target.ts'
import { isInPod } from '../../sync/kubeconfig/service-account.ts'
import { UsageError } from './option-table.ts'

/** A cluster, and why it was chosen: words for the start line, such as '--kubeconfig'. */
export type ClusterChoice = { readonly location: KubeLocation; readonly by: string }

/** Values of the options that choose a cluster. */
export type ClusterValues = { readonly kubeconfig: string | undefined; readonly context: string | undefined }

/** The surroundings of the process: its environment, and the user's home directory. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * The cluster that options and environment ask for, in this order: --kubeconfig, KUBECONFIG, --context (a context of
 * ~/.kube/config), the service account in a pod; undefined where none of them does. ~/.kube/config alone chooses
 * nothing. Throws UsageError where --context has no kubeconfig.
 */
export function chooseCluster(
  { kubeconfig, context }: ClusterValues,
  { env, home }: Surroundings,
): ClusterChoice | undefined {
  if (kubeconfig !== undefined) return { location: { kubeconfig, context }, by: '--kubeconfig' }
  const files = [...new Set((env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== ''))]
  if (files.length > 0) return { location: { kubeconfig: files, context }, by: 'KUBECONFIG' }
  if (context !== undefined) {
    const file = homeConfig(home)
    if (!existsSync(file)) {
      throw new UsageError(`--context ${context}: there is no kubeconfig ${file}; give --kubeconfig FILE`)
    }
    return { location: { kubeconfig: file, context }, by: '--context' }
  }
  return isInPod(env) ? { location: 'in-cluster', by: 'the pod' } : undefined
}

/** kubectl's default kubeconfig. */
export function homeConfig(home: string): string {
  return join(home, '.kube', 'config')
}
