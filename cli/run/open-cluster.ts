import type { Kube } from '../../sync/kube/client.ts'
import type { ObjectSource } from './publish-source.ts'

/** The API of the cluster that was chosen. Its libraries are loaded only here. Throws KubeError KUBECONFIG_INVALID. */
export async function openCluster(source: Exclude<ObjectSource, { kind: 'file' }>): Promise<Kube> {
  const { loadKube } = await import('../../sync/kube/client.ts')
  return loadKube(source.kind === 'cluster' ? source : 'in-cluster')
}
