import { encodeReverse } from '../../snapshot/encode.ts'
import { dashedLabel } from '../../snapshot/endpoint-name.ts'
import type { EndpointGroup, Owner } from '../../snapshot/schema.ts'
import { type AddressFamily, createAddressFamily, inPrefix, prefixOf } from './address-shards.ts'
import type { PublishedService, Turn } from './selection.ts'

/** Whom the addresses of services belong to: their PTRs. */
export type OwnerFamily = Pick<AddressFamily, 'settle'> & {
  /** Takes over what a service's addresses were, and what they are. */
  turn(turn: Turn<PublishedService>): void
}

/** A service's addresses: of its own, and of its endpoints. */
type Addresses = { readonly ips: readonly string[]; readonly groups: readonly EndpointGroup[] }
type AddressesOf = (service: PublishedService) => Addresses

/** Cluster IPs and endpoints of headless services. */
export function createReverseFamily(): OwnerFamily {
  return createOwnerFamily(({ service }) => ({
    ips: service.kind === 'cluster' ? service.ips : [],
    groups: service.kind === 'headless' ? service.groups : [],
  }))
}

/** Endpoints of services with addresses of their own. */
export function createEndpointReverseFamily(): OwnerFamily {
  return createOwnerFamily(({ endpoints }) => ({ ips: [], groups: endpoints }))
}

function createOwnerFamily(addressesOf: AddressesOf): OwnerFamily {
  /** Services by key that have an address in a prefix: owners are gathered when a shard is written. */
  const members = new Map<string, Map<string, PublishedService>>()
  const shards = createAddressFamily((prefix) => {
    const services = members.get(prefix)
    return services && encodeReverse(ownersIn(prefix, services.values(), addressesOf))
  })
  return {
    settle: shards.settle,
    turn: ({ key, before, after }) => {
      // Of most services there is nothing to compare: they are new.
      const placesOf = before && after ? placesByPrefix : prefixesAlone
      const was = placesOf(before && addressesOf(before))
      const is = placesOf(after && addressesOf(after))
      for (const prefix of was.keys()) if (!is.has(prefix)) leave(members, prefix, key)
      for (const prefix of is.keys()) if (after) join(members, prefix, key, after)
      for (const prefix of new Set([...was.keys(), ...is.keys()]))
        if (was.get(prefix) !== is.get(prefix)) shards.touch(prefix)
    },
  }
}

/** The prefixes of the addresses, and nothing of what is said of them. */
function prefixesAlone(addresses: Addresses | undefined): Map<string, string> {
  const prefixes = new Map<string, string>()
  for (const ip of addresses?.ips ?? []) prefixes.set(prefixOf(ip), '')
  for (const { endpoints } of addresses?.groups ?? [])
    for (const [address] of endpoints) prefixes.set(prefixOf(address), '')
  return prefixes
}

/** What is said of the addresses in each prefix, as a text to compare. */
function placesByPrefix(addresses: Addresses | undefined): Map<string, string> {
  const lists = new Map<string, string[]>()
  const add = (address: string, place: string): void => {
    const prefix = prefixOf(address)
    const list = lists.get(prefix)
    if (list) list.push(place)
    else lists.set(prefix, [place])
  }
  for (const ip of addresses?.ips ?? []) add(ip, ip)
  for (const { endpoints } of addresses?.groups ?? [])
    for (const [address, label = ''] of endpoints) add(address, `${address} ${label}`)
  return new Map(Array.from(lists, ([prefix, list]) => [prefix, list.toSorted().join()]))
}

function join<T>(members: Map<string, Map<string, T>>, prefix: string, key: string, member: T): void {
  const held = members.get(prefix) ?? new Map<string, T>()
  members.set(prefix, held)
  held.set(key, member)
}

function leave<T>(members: Map<string, Map<string, T>>, prefix: string, key: string): void {
  const held = members.get(prefix)
  held?.delete(key)
  if (held?.size === 0) members.delete(prefix)
}

function ownersIn(
  prefix: string,
  services: Iterable<PublishedService>,
  addressesOf: AddressesOf,
): Map<string, Owner[]> {
  const owners = new Map<string, Owner[]>()
  const isIn = inPrefix(prefix)
  for (const service of services) {
    const { namespace, name } = service
    const { ips, groups } = addressesOf(service)
    for (const ip of ips) if (isIn(ip)) addOwner(owners, ip, [namespace, name])
    // In reverse data a label is always written out, whatever it can be derived from.
    for (const { endpoints } of groups)
      for (const [address, label] of endpoints)
        if (isIn(address)) addOwner(owners, address, [namespace, name, label ?? dashedLabel(address)])
  }
  return owners
}

function addOwner(owners: Map<string, Owner[]>, address: string, owner: Owner): void {
  const held = owners.get(address)
  if (!held) owners.set(address, [owner])
  // Slices overlap while endpoints move between them, and a service may list an address twice.
  else if (!held.some((other) => other.join('/') === owner.join('/'))) held.push(owner)
}
