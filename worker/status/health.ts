import { freshnessOf } from '../answer/freshness.ts'
import { within } from '../clock.ts'
import type { Edge } from '../edge.ts'
import { plain } from '../http/plain-response.ts'
import type { DohResponse } from '../http/request.ts'
import type { Tasks } from '../ports.ts'
import type { Reader } from '../reader/reader.ts'

/** How long the response waits for snapshots that this isolate has not read yet (ms). */
const maxWaitMs = 300

/**
 * The response of /healthz: 'ok', and a line for each cluster that answers nobody, with the reason and how to mend it. The
 * status is 200 in any case: a restart would not mend it. Anyone may read it, so it has IDs of clusters and codes, and no
 * text of a snapshot.
 */
export async function health(edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const { reader, clock, config } = edge
  const reads = config.clusters.map((cluster) => reader.view(cluster, tasks))
  if (reads.some((read) => read instanceof Promise))
    await within(Promise.all(reads), maxWaitMs, undefined, clock)
  const lines = reader.status().flatMap((state) => {
    const reason = reasonOf(state, edge)
    return reason === undefined ? [] : [`cluster ${state.cluster.id} answers nobody: ${reason}`]
  })
  return plain(200, ['ok', ...lines].join('\n'))
}

/** Why a cluster answers nobody. Undefined if it answers. */
function reasonOf(
  { cluster, view, lastRefusal }: ReturnType<Reader['status']>[number],
  { config, clock }: Edge,
): string | undefined {
  if (!view) {
    return lastRefusal
      ? `its snapshot was refused (${lastRefusal.code}); the edge's log has the reason`
      : `this edge has no snapshot of it yet; start its agent with --cluster ${cluster.id} and this edge's URL, or read the agent's log; with --follow, read the log of this edge`
  }
  if (freshnessOf(view.root, clock.now()) === 'expired')
    return 'its snapshot has expired; check that its agent runs, and read its log'
  if (view.root.policy || config.public) return undefined
  return `its snapshot has no access policy; give its agent --policy FILE, or set "public": true in the edge's configuration`
}
