import { type Cidr, cidrHas, parseCidr } from '../../dns/cidr.ts'
import { fold, labelStarts, labelsOf, type Name } from '../../dns/name.ts'
import { isReverseName, parseReverseName, type ReversePrefix } from '../../dns/reverse.ts'
import type { ClusterConfig, EdgeConfig } from '../config.ts'
import { parseWanted, type Wanted } from './grammar.ts'

/** The zone of a name, and its meaning there. `zone` has the case of the question, which answers repeat. */
export type Place =
  | {
      readonly kind: 'forward'
      readonly cluster: ClusterConfig
      readonly zone: Name
      readonly wanted: Wanted
    }
  | {
      readonly kind: 'reverse'
      readonly cluster: ClusterConfig
      readonly zone: Name
      readonly isApex: boolean
      /** Undefined when the name is not an address or a prefix. */
      readonly prefix: ReversePrefix | undefined
    }
  | PrivatePlace
  | { readonly kind: 'outside' }

/** A reverse name in a private range that no cluster owns. It exists if it is the apex or above a cluster's zone. */
export type PrivatePlace = {
  readonly kind: 'private'
  readonly zone: Name
  readonly isApex: boolean
  readonly isParent: boolean
}

/** A place in a cluster's zone. */
export type ClusterPlace = Extract<Place, { readonly cluster: ClusterConfig }>

/** The zones of an edge, ready for look-up. */
export type Zones = {
  readonly forward: ReadonlyMap<Name, ClusterConfig>
  readonly reverse: readonly ReverseZone[]
}
type ReverseZone = { readonly cidr: Cidr; readonly cluster: ClusterConfig | undefined }

/**
 * Private ranges, whose reverse names must not be sent upstream: RFC 6303 §4, RFC 6598 (100.64.0.0/10), and all of RFC
 * 4193 (fc00::/7). `kubedoh up` claims the ranges that clusters commonly use for its own cluster.
 */
const privateRanges = [
  '0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24',
  '255.255.255.255/32 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10',
  '::/128 ::1/128 fc00::/7 fe80::/10 2001:db8::/32',
].flatMap((line) => line.split(' '))

/** The zones of a configuration. If two clusters have the same zone, anonymous callers see that of the first cluster. */
export function createZones(config: EdgeConfig): Zones {
  const forward = new Map<Name, ClusterConfig>()
  const reverse: ReverseZone[] = []
  for (const cluster of config.clusters) {
    for (const zone of cluster.zones) if (!forward.has(zone)) forward.set(zone, cluster)
    for (const cidr of cluster.reverse) reverse.push({ cidr, cluster })
  }
  const unclaimed = privateRanges.flatMap((range) => {
    const cidr = parseCidr(range)
    return cidr ? [{ cidr, cluster: undefined }] : []
  })
  // The narrowest range first; all ranges of clusters before the private ranges.
  return { forward, reverse: [...narrowestFirst(reverse), ...narrowestFirst(unclaimed)] }
}

function narrowestFirst(ranges: readonly ReverseZone[]): ReverseZone[] {
  return ranges.toSorted((a, b) => b.cidr.bits - a.cidr.bits)
}

/** A name, folded and as asked → its place in the longest zone that is a suffix of it, label by label. Never throws. */
export function locate(name: Name, asked: Name, zones: Zones): Place {
  for (const at of labelStarts(name)) {
    const cluster = zones.forward.get(at === 0 ? name : name.slice(at))
    if (!cluster) continue
    return {
      kind: 'forward',
      cluster,
      zone: asked.slice(at),
      wanted: parseWanted(labelsOf(name.slice(0, at))),
    }
  }
  return isReverseName(name) ? locateReverse(name, asked, zones) : { kind: 'outside' }
}

function locateReverse(name: Name, asked: Name, zones: Zones): Place {
  const starts = labelStarts(name)
  // A name such as x.1.96.10.in-addr.arpa is not an address, but is in the zone of its longest valid suffix.
  const at = starts.find((start) => parseReverseName(name.slice(start)) !== undefined) ?? 0
  const nearest = parseReverseName(name.slice(at))
  if (!nearest) return { kind: 'outside' }
  const bitsPerLabel = nearest.family === 4 ? 8 : 4
  for (const { cidr, cluster } of zones.reverse) {
    const zoneLabels = Math.ceil(cidr.bits / bitsPerLabel)
    if (nearest.bits < zoneLabels * bitsPerLabel || !cidrHas(cidr, nearest.bytes)) continue
    // Three more labels: two for in-addr.arpa or ip6.arpa, and the root.
    const zoneAt = starts.at(-(zoneLabels + 3)) ?? 0
    const zone = asked.slice(zoneAt)
    const labels = labelsOf(name.slice(0, zoneAt))
    // ns.dns is the target of SOA and NS in a reverse zone as well.
    if (cluster && labels.at(-1) === 'dns')
      return { kind: 'forward', cluster, zone, wanted: parseWanted(labels) }
    const prefix = at === 0 ? nearest : undefined
    const isApex = zoneAt === 0
    if (cluster) return { kind: 'reverse', cluster, zone, isApex, prefix }
    return { kind: 'private', zone, isApex, isParent: hasZoneBelow(prefix, zones) }
  }
  return { kind: 'outside' }
}

/** Whether a cluster's reverse zone is below a partial name. The name then exists (RFC 8020). */
function hasZoneBelow(prefix: ReversePrefix | undefined, zones: Zones): boolean {
  if (!prefix) return false
  return zones.reverse.some(
    ({ cidr, cluster }) => cluster && cidr.bits > prefix.bits && cidrHas(prefix, cidr.bytes),
  )
}

/**
 * An alias target → its place in the forward zones of one cluster, or undefined when it is in none of them. Aliases are
 * never followed into another cluster.
 */
export function locateInCluster(target: Name, cluster: ClusterConfig): ClusterPlace | undefined {
  const folded = fold(target)
  const forward = new Map(cluster.zones.map((zone) => [zone, cluster]))
  const place = locate(folded, target, { forward, reverse: [] })
  return place.kind === 'forward' ? place : undefined
}
