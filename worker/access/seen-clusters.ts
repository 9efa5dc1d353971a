import { freshnessOf } from '../answer/freshness.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { Caller } from './caller.ts'
import { visibleTo } from './visible-to.ts'

/** The clusters of an edge in whose zones a caller gets answers. */
export type SeenClusters = {
  readonly ids: ReadonlySet<string>
  /** False if the edge cannot tell now about some cluster. */
  readonly isComplete: boolean
}

/**
 * The clusters that admit a caller, by the rule for queries in their zones. The scope does not count: a cluster in which
 * the caller's namespaces do not exist yet answers it with NXDOMAIN. A cluster without a snapshot, or with a policy that
 * cannot be read now, admits and refuses nobody, and an expired snapshot refuses nobody.
 */
export async function seenClusters(caller: Caller, edge: Edge, tasks: Tasks): Promise<SeenClusters> {
  const { clusters } = edge.config
  const decisions = await Promise.all(clusters.map((cluster) => decisionOn(caller, cluster, edge, tasks)))
  const seen = clusters.filter((_, at) => decisions[at] === 'admitted')
  return { ids: new Set(seen.map(({ id }) => id)), isComplete: !decisions.includes('unknown') }
}

async function decisionOn(
  caller: Caller,
  cluster: ClusterConfig,
  edge: Edge,
  tasks: Tasks,
): Promise<'admitted' | 'refused' | 'unknown'> {
  if (caller.grants) return caller.grants.has(cluster.id) ? 'admitted' : 'refused'
  const view = await edge.reader.view(cluster, tasks)
  const visible = view && (await visibleTo(caller, view, edge, tasks))
  if (!visible || visible === 'missing') return 'unknown'
  if (visible !== 'refused') return 'admitted'
  return freshnessOf(view.root, edge.clock.now()) === 'expired' ? 'unknown' : 'refused'
}
