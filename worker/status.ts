import { nameToText } from '../dns/name.ts'
import { ageSeconds, stateOf } from './answer/freshness.ts'
import type { Edge } from './edge.ts'
import { jsonType } from './http/media-types.ts'
import type { DohResponse } from './http/request.ts'

/**
 * The JSON document of /status: for each cluster its zones, generation, age and the last refused root, as this isolate
 * has them (other isolates may differ). The list is empty unless the edge is public, so that names do not leak.
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
