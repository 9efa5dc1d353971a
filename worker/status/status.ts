import { nameToText } from '../../dns/name.ts'
import type { Refusal } from '../../snapshot/ingest.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'
import type { Edge } from '../edge.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { jsonType } from '../http/media-types.ts'
import type { DohResponse } from '../http/request.ts'

/**
 * The JSON document of /status: for each cluster its zones, generation, age and the last refused root, as this isolate
 * has them (other isolates may differ). The list has only clusters without an access policy,
 * and is empty unless the edge is public, so that names do not leak. While a cluster's root is not known, it may have a
 * policy: of such a cluster the list has the ID, and of a refused root the code without the message, which can have names.
 */
export function status(edge: Edge): DohResponse {
  const nowMs = edge.clock.now()
  const clusters = edge.reader
    .status()
    .filter(({ view }) => !view?.root.policy)
    .map(({ cluster, view, lastRefusal }) => ({
      cluster: cluster.id,
      zones: view ? cluster.zones.map(nameToText) : [],
      state: view ? stateOf(view.root, nowMs) : 'none',
      generation: view?.root.generation ?? null,
      asOf: view ? new Date(view.root.asOfMs).toISOString() : null,
      ageSeconds: view ? ageSeconds(view.root, nowMs) : null,
      lastRefusal: lastRefusal ? refusalFor(lastRefusal, view !== undefined) : null,
    }))
  return {
    status: 200,
    headers: { ...documentHeaders, 'content-type': jsonType, 'cache-control': 'no-store' },
    body: `${JSON.stringify({ clusters: edge.config.public ? clusters : [] }, undefined, 2)}\n`,
  }
}

function refusalFor({ code, message, atMs }: Refusal, isKnown: boolean): Partial<Refusal> {
  return isKnown ? { code, message, atMs } : { code, atMs }
}
