import { homedir } from 'node:os'
import type { Objects } from '../../sync/files/parse-objects.ts'
import type { KubeLocation } from '../../sync/kubeconfig/read-target.ts'
import type { AgentOptions } from '../../sync/options.ts'
import { type ClusterValues, chooseCluster } from '../options/cluster-choice.ts'
import { UsageError } from '../options/option-table.ts'
import { readObjectFiles } from '../options/source-option.ts'
import type { World } from '../options/verb.ts'
import { clusterWorld } from './open-cluster.ts'

/** Where objects come from, settled before anything is started. */
export type ObjectSource =
  /** Files, directories and stdin as --from names them. */
  | { readonly kind: 'file'; readonly files: readonly string[]; readonly objects: Objects }
  | {
      readonly kind: 'cluster'
      readonly location: KubeLocation
      /** The choice and its reason, for the start line. */
      readonly title: string
    }

/**
 * The source that --from or a kubeconfig asks for (see chooseCluster), `otherwise` if neither does; 'none': that is an
 * error. Files are read here, kubeconfigs included, so that their faults end the command before anything is started.
 * Throws UsageError, ObjectsError, KubeconfigError.
 */
export async function chooseSource(
  values: ClusterValues & { readonly from: readonly string[] },
  options: AgentOptions,
  world: Pick<World, 'env'>,
  otherwise: { readonly file: string } | 'none',
): Promise<ObjectSource> {
  const { from, kubeconfig, context } = values
  if (from.length > 0) {
    if (kubeconfig !== undefined) throw new UsageError('--from and --kubeconfig exclude each other')
    if (context !== undefined) throw new UsageError('--from and --context exclude each other')
    return { kind: 'file', files: from, objects: await readObjectFiles(from, options) }
  }
  const choice = chooseCluster(values, { env: world.env, home: homedir() })
  if (!choice && otherwise !== 'none')
    return {
      kind: 'file',
      files: [otherwise.file],
      objects: await readObjectFiles([otherwise.file], options),
    }
  const { location, by } = choice ?? { location: 'in-cluster', by: 'the pod' }
  const { readTarget } = await import('../../sync/kubeconfig/read-target.ts')
  const { source } = readTarget(location, clusterWorld(world.env))
  return { kind: 'cluster', location, title: location === 'in-cluster' ? source : `${source} (by ${by})` }
}
