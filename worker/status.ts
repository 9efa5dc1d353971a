import { nameToText } from '../dns/name.ts'
import { ageSeconds, stateOf } from './answer/freshness.ts'
import type { Edge } from './edge.ts'
import { jsonType } from './http/media-types.ts'
import type { DohResponse } from './http/request.ts'

/**
 * What this isolate knows of each cluster, as JSON: zones, generation, times, and the last root that it
 * refused. Of several isolates each speaks for itself. Edges that are not public tell strangers no names:
 * then the list is empty.
 */
export function status(edge: Edge): DohResponse {
  const nowMs = edge.clock.now()
  const clusters = edge.reader.status().map(({ cluster, view, lastRefusal }) => ({
    cluster: cluster.id,
    zones: cluster.zones.map(nameToText),
    state: view ? stateOf(view.root, nowMs) : 'none',
    generation: view?.root.generation ?? null,
    asOf: view ? new Date(view.root.asOfMs).toISOString() : null,
    ageSeconds: view ? ageSeconds(view.root, nowMs) : null,
    lastRefusal: lastRefusal ?? null,
  }))
  return {
    status: 200,
    headers: { 'content-type': jsonType, 'cache-control': 'no-store' },
    body: `${JSON.stringify({ clusters: edge.config.public ? clusters : [] }, undefined, 2)}\n`,
  }
}
