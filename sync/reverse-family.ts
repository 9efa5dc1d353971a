import { encodeReverse } from '../snapshot/encode.ts'
import { dashedLabel } from '../snapshot/endpoint-name.ts'
import type { EndpointGroup, Owner, ReverseFamily } from '../snapshot/schema.ts'
import { addressFamily, type ByAddress, prefixOf } from './address-family.ts'
import type { Blobs } from './blobs.ts'
import type { PublishedService } from './catalogue.ts'

/** Whom addresses belong to, without repetition. */
type Owners = ByAddress<Owner[]>

/**
 * Cluster IPs and endpoints of headless services → the shards of their PTRs. Blobs are added to `blobs`.
 */
export function shardReverse(services: Iterable<PublishedService>, blobs: Blobs): Promise<ReverseFamily> {
  const owners: Owners = new Map()
  for (const { namespace, name, service } of services) {
    if (service.kind === 'cluster')
      for (const ip of service.ips) addOwner(owners, prefixOf(ip), ip, [namespace, name])
    if (service.kind === 'headless') addEndpoints(owners, namespace, name, service.groups)
  }
  return addressFamily(owners, encodeReverse, blobs)
}

/** Endpoints of services with addresses of their own → the shards of their PTRs. Blobs are added to `blobs`. */
export function shardEndpointReverse(
  services: Iterable<PublishedService>,
  blobs: Blobs,
): Promise<ReverseFamily> {
  const owners: Owners = new Map()
  for (const { namespace, name, endpoints } of services) addEndpoints(owners, namespace, name, endpoints)
  return addressFamily(owners, encodeReverse, blobs)
}

/** Where one endpoint's PTR lies, and the label in it. */
type Place = { readonly prefix: string; readonly address: string; readonly label: string }

/** Groups live as long as their slice stays as it is, so most of them were seen in the build before. */
const placesOf = new WeakMap<EndpointGroup, readonly Place[]>()

function addEndpoints(
  owners: Owners,
  namespace: string,
  name: string,
  groups: readonly EndpointGroup[],
): void {
  for (const group of groups) {
    const places = placesOf.get(group) ?? locate(group)
    placesOf.set(group, places)
    for (const { prefix, address, label } of places)
      addOwner(owners, prefix, address, [namespace, name, label])
  }
}

/** In reverse data a label is always written out, whatever it can be derived from. */
function locate(group: EndpointGroup): Place[] {
  return group.endpoints.map(([address, label = dashedLabel(address)]) => ({
    prefix: prefixOf(address),
    address,
    label,
  }))
}

function addOwner(owners: Owners, prefix: string, address: string, owner: Owner): void {
  const shard = owners.get(prefix) ?? new Map<string, Owner[]>()
  owners.set(prefix, shard)
  const held = shard.get(address)
  if (!held) shard.set(address, [owner])
  // Slices overlap while endpoints move between them, and a service may list an address twice.
  else if (!held.some((other) => other.join('/') === owner.join('/'))) held.push(owner)
}
