import { formatCidr } from '../../dns/cidr.ts'
import { nameToText } from '../../dns/name.ts'
import { type EdgeZone, type EdgeZones, isRoutableName } from '../../setup/edge-zones.ts'
import type { Caller } from '../access/caller.ts'
import { policyUnavailable, type Refused, tokenMissing } from '../access/refused.ts'
import { isStranger } from '../access/rights.ts'
import { seenClusters } from '../access/seen-clusters.ts'
import { dotPortsOf } from '../answer/discovery.ts'
import type { Edge } from '../edge.ts'
import { dohPath } from '../http/doh.ts'
import type { Tasks } from '../ports.ts'

/**
 * The zones and ranges of an admitted caller, of the clusters in whose zones it gets answers. Zones that no system can
 * route are left out. A refusal if the caller has no token and may ask for nothing, or if the edge can tell nothing now.
 */
export async function edgeZonesFor(caller: Caller, edge: Edge, tasks: Tasks): Promise<EdgeZones | Refused> {
  const { ids, isComplete } = await seenClusters(caller, edge, tasks)
  const forward = caller.mayForward && edge.forwarder !== undefined
  if (ids.size === 0 && !forward) {
    if (!isComplete) return policyUnavailable
    if (isStranger(caller, edge)) return tokenMissing
  }
  const ranges = caller.zones.reverse.filter(({ cluster }) => cluster && ids.has(cluster.id))
  return {
    zones: zonesOf(caller, ids),
    reverse: [...new Set(ranges.map(({ cidr }) => formatCidr(cidr)))],
    complete: isComplete,
    forward,
    expires: Number.isFinite(caller.untilMs) ? new Date(caller.untilMs).toISOString() : null,
    dot: dotPlace(edge),
    path: dohPath,
  }
}

function zonesOf({ zones }: Caller, ids: ReadonlySet<string>): EdgeZone[] {
  return [...zones.forward]
    .filter(([, cluster]) => ids.has(cluster.id))
    .map(([zone, cluster]) => ({
      name: nameToText(zone).slice(0, -1),
      cluster: cluster.id,
      primary: zone === cluster.zones[0],
    }))
    .filter(({ name }) => isRoutableName(name))
}

function dotPlace({ config, dotPorts }: Edge): EdgeZones['dot'] {
  const { dotHost: host, dotPort } = config
  const [port] = dotPortsOf({ dotPort, dotPorts })
  return host === undefined || port === undefined ? null : { host, port }
}
