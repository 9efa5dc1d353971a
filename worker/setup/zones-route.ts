import { edgeZonesText } from '../../setup/edge-zones.ts'
import { isRefused } from '../access/refused.ts'
import type { Edge } from '../edge.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { jsonType } from '../http/media-types.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import type { Tasks } from '../ports.ts'
import { admittedRead } from './admitted-read.ts'
import { edgeZonesFor } from './edge-zones.ts'

/** The path of the list of zones. Tokens may follow as one additional segment. */
export const zonesPath = '/zones'

/**
 * Answers GET and HEAD of /zones and below it with the zones of the caller (setup/edge-zones.ts), which is admitted and refused
 * as on the DoH path. The response is never stored, so that it ends with the token.
 */
export function zonesRoute(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  return admittedRead(zonesPath, request, edge, tasks, async (caller) => {
    const zones = await edgeZonesFor(caller, edge, tasks)
    if (isRefused(zones)) return zones
    return {
      status: 200,
      headers: { ...documentHeaders, 'content-type': jsonType, 'cache-control': 'no-store' },
      body: edgeZonesText(zones),
    }
  })
}
