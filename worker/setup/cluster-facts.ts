import type { SignedRoot } from '../../snapshot/schema.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { ClusterFacts } from '../pages/page-facts.ts'
import type { Tasks } from '../ports.ts'

/** The state of a cluster's snapshot for the page, by `root`, or by the one in force. */
export async function clusterFacts(
  { id }: ClusterConfig,
  edge: Edge,
  tasks: Tasks,
  root?: SignedRoot,
): Promise<ClusterFacts> {
  const cluster = edge.config.clusters.find((each) => each.id === id)
  const known = root ?? (cluster && (await edge.reader.view(cluster, tasks))?.root)
  if (!known) return { id, state: 'none', ageSeconds: undefined }
  const nowMs = edge.clock.now()
  return { id, state: stateOf(known, nowMs), ageSeconds: ageSeconds(known, nowMs) }
}
