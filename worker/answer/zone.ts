import { type Cidr, cidrHas } from '../../dns/cidr.ts'
import { fold, labelStarts, labelsOf, type Name } from '../../dns/name.ts'
import { privateRanges } from '../../dns/private-ranges.ts'
import { isReverseName, isWholeAddress, parseReverseName, type ReversePrefix } from '../../dns/reverse.ts'
import type { ClusterConfig, EdgeConfig } from '../config.ts'
import { parseServiceWanted, parseWanted, type Wanted } from './grammar.ts'
import { isServiceZone, serviceZone } from './service-zone.ts'

/** The zone of a name, and its meaning there. `zone` has the case of the question, which answers repeat. */
export type Place =
  | {
      readonly kind: 'forward'
      readonly cluster: ClusterConfig
      readonly zone: Name
      readonly wanted: Wanted
    }
  | ReversePlace
  | PrivatePlace
  | { readonly kind: 'outside' }

/** A reverse name in the range of a cluster. `prefix` is undefined when the name is not an address or a prefix. */
export type ReversePlace = {
  readonly kind: 'reverse'
  readonly cluster: ClusterConfig
  readonly zone: Name
  readonly isApex: boolean
  readonly prefix: ReversePrefix | undefined
}

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
  /** The cluster that also answers for its addresses outside all ranges; of several, the first. */
  readonly reversePublic: ClusterConfig | undefined
}
type ReverseZone = { readonly cidr: Cidr; readonly cluster: ClusterConfig | undefined }

/**
 * The zones of a configuration, as callers without a token see them. If two clusters have the same zone, they see that of
 * the first cluster.
 */
export function createZones(config: EdgeConfig): Zones {
  const named = config.clusters.map((cluster) => ({ cluster, zones: cluster.zones }))
  return collectZones(named, config.clusters)
}

/**
 * The zones of a token's holder, whose clusters are in the order of the tokens: the first one's native domain, zones and
 * reverse ranges, and the alias zones of the others. The zone `svc` is no alias of one cluster: like the native domain,
 * it belongs to the first.
 */
export function zonesOfGrants(clusters: readonly ClusterConfig[]): Zones {
  const [first, ...others] = clusters
  if (!first) return collectZones([], [])
  const aliases = others.map((cluster) => ({
    cluster,
    zones: cluster.zones.filter((zone) => zone !== cluster.domain && zone !== serviceZone),
  }))
  return collectZones([{ cluster: first, zones: [first.domain, ...first.zones] }, ...aliases], [first])
}

function collectZones(
  named: readonly { readonly cluster: ClusterConfig; readonly zones: readonly Name[] }[],
  withRanges: readonly ClusterConfig[],
): Zones {
  const forward = new Map<Name, ClusterConfig>()
  for (const { cluster, zones } of named)
    for (const zone of zones) if (!forward.has(zone)) forward.set(zone, cluster)
  const reverse = withRanges.flatMap((cluster) => cluster.reverse.map((cidr) => ({ cidr, cluster })))
  const unclaimed = privateRanges.map((cidr) => ({ cidr, cluster: undefined }))
  return {
    forward,
    // The narrowest range first; all ranges of clusters before the private ranges.
    reverse: [...narrowestFirst(reverse), ...narrowestFirst(unclaimed)],
    reversePublic: withRanges.find((cluster) => cluster.reversePublic),
  }
}

function narrowestFirst(ranges: readonly ReverseZone[]): ReverseZone[] {
  return ranges.toSorted((a, b) => b.cidr.bits - a.cidr.bits)
}

/** A name, folded and as asked → its place in the longest zone that is a suffix of it, label by label. Never throws. */
export function locate(name: Name, asked: Name, zones: Omit<Zones, 'reversePublic'>): Place {
  for (const at of labelStarts(name)) {
    const cluster = zones.forward.get(at === 0 ? name : name.slice(at))
    if (!cluster) continue
    const zone = asked.slice(at)
    const labels = labelsOf(name.slice(0, at))
    const wanted = isServiceZone(zone) ? parseServiceWanted(labels) : parseWanted(labels)
    return { kind: 'forward', cluster, zone, wanted }
  }
  return isReverseName(name) ? locateReverse(name, asked, zones) : { kind: 'outside' }
}

/**
 * A whole reverse name outside all ranges → its place in the cluster with `reversePublic`, or undefined. The name is
 * the cluster's only if the snapshot has an owner of the address. It is then a zone with no other name, so
 * every parent, sibling and name below stays outside. Expects a name that `locate` finds outside.
 */
export function locatePublic(name: Name, asked: Name, zones: Zones): ReversePlace | undefined {
  const cluster = zones.reversePublic
  const prefix = cluster && parseReverseName(name)
  if (!prefix || !isWholeAddress(prefix)) return undefined
  return { kind: 'reverse', cluster, zone: asked, isApex: false, prefix }
}

function locateReverse(name: Name, asked: Name, zones: Pick<Zones, 'reverse'>): Place {
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
function hasZoneBelow(prefix: ReversePrefix | undefined, zones: Pick<Zones, 'reverse'>): boolean {
  if (!prefix) return false
  return zones.reverse.some(
    ({ cidr, cluster }) => cluster && cidr.bits > prefix.bits && cidrHas(prefix, cidr.bytes),
  )
}

/**
 * An alias target → its place in the forward zones of one cluster, or undefined when it is in none of them. Aliases are
 * never followed into another cluster. The native domain counts if it is a zone of the caller.
 */
export function locateInCluster(
  target: Name,
  cluster: ClusterConfig,
  zones: Pick<Zones, 'forward'>,
): ClusterPlace | undefined {
  const folded = fold(target)
  const own =
    zones.forward.get(cluster.domain) === cluster ? [cluster.domain, ...cluster.zones] : cluster.zones
  const forward = new Map(own.map((zone) => [zone, cluster]))
  const place = locate(folded, target, { forward, reverse: [] })
  return place.kind === 'forward' ? place : undefined
}
