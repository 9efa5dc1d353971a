import { encodeReverse } from '../../snapshot/encode.ts'
import { dashedLabel } from '../../snapshot/endpoint-name.ts'
import { type Owner, serviceKey } from '../../snapshot/schema.ts'
import { type PackedGroup, unpackEndpoints } from '../objects/packed-endpoints.ts'
import type { Skipped } from '../objects/skipped.ts'
import { type AddressShards, createAddressShards, inPrefix, prefixOf } from './address-shards.ts'
import { keysToLeaveOut, leftOut, maxShardBytes } from './fit-shard.ts'
import type { PublishedService, Update } from './selection.ts'

/** For each address, the names of its PTRs. */
export type OwnerShards = Pick<AddressShards, 'settle'> & {
  /** Takes over the update of a service. */
  update(update: Update<PublishedService>): void
  /** The services whose names did not fit into a shard at the last `settle`. */
  skipped(): Skipped[]
}

/** The addresses of a service that have PTRs: its cluster IPs, and those of its endpoints. */
type Addresses = { readonly ips: readonly string[]; readonly groups: readonly PackedGroup[] }
type AddressesOf = (service: PublishedService) => Addresses

/** Cluster IPs, and the endpoints of headless services. */
export function createReverseShards(): OwnerShards {
  return createOwnerShards(({ service, pointers }) => ({
    ips: service.kind === 'cluster' ? service.ips : [],
    groups: service.kind === 'headless' ? pointers : [],
  }))
}

/** The endpoints of services with cluster IPs. */
export function createEndpointReverseShards(): OwnerShards {
  return createOwnerShards(({ service, pointers }) => ({
    ips: [],
    groups: service.kind === 'cluster' ? pointers : [],
  }))
}

function createOwnerShards(addressesOf: AddressesOf): OwnerShards {
  const services = new Map<string, PublishedService>()
  /** By prefix, the keys of the services with an address in it. Owners are collected when a shard is encoded. */
  const members = new Map<string, string[]>()
  const skipped = new Map<string, readonly Skipped[]>()
  const shards = createAddressShards((prefix) => {
    const keys = members.get(prefix)
    skipped.delete(prefix)
    if (!keys) return undefined
    const all = ownersIn(
      prefix,
      keys.flatMap((key) => services.get(key) ?? []),
      addressesOf,
    )
    const fitting = fittingOwners(prefix, all)
    if (fitting.skipped.length > 0) skipped.set(prefix, fitting.skipped)
    return fitting.owners.size > 0 ? encodeReverse(fitting.owners) : undefined
  })
  return {
    settle: shards.settle,
    skipped: () => [...skipped.values()].flat(),
    update: ({ key, before, after }) => {
      // Most updates are new services, for which there is nothing to compare.
      const placesOf = before && after ? placesByPrefix : prefixesAlone
      const was = placesOf(before && addressesOf(before))
      const is = placesOf(after && addressesOf(after))
      for (const prefix of was.keys()) if (!is.has(prefix)) leave(members, prefix, key)
      for (const prefix of is.keys()) if (!was.has(prefix)) join(members, prefix, key)
      if (after && is.size > 0) services.set(key, after)
      else services.delete(key)
      for (const prefix of new Set([...was.keys(), ...is.keys()]))
        if (was.get(prefix) !== is.get(prefix)) shards.touch(prefix)
    },
  }
}

/** The prefixes of the addresses, each with an empty text. */
function prefixesAlone(addresses: Addresses | undefined): Map<string, string> {
  const prefixes = new Map<string, string>()
  for (const ip of addresses?.ips ?? []) prefixes.set(prefixOf(ip), '')
  for (const { endpoints } of addresses?.groups ?? [])
    for (const [address] of unpackEndpoints(endpoints)) prefixes.set(prefixOf(address), '')
  return prefixes
}

/** By prefix, its addresses with their labels as one text, which is compared. */
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
    for (const [address, label = ''] of unpackEndpoints(endpoints)) add(address, `${address} ${label}`)
  return new Map(Array.from(lists, ([prefix, list]) => [prefix, list.toSorted().join()]))
}

function join(members: Map<string, string[]>, prefix: string, key: string): void {
  const keys = members.get(prefix)
  if (keys) keys.push(key)
  else members.set(prefix, [key])
}

function leave(members: Map<string, string[]>, prefix: string, key: string): void {
  const others = members.get(prefix)?.filter((each) => each !== key) ?? []
  if (others.length > 0) members.set(prefix, others)
  else members.delete(prefix)
}

/** The owners of each address, by their labels as one text. */
type Owners = Map<string, Map<string, Owner>>

function ownersIn(prefix: string, services: Iterable<PublishedService>, addressesOf: AddressesOf): Owners {
  const owners: Owners = new Map()
  const isIn = inPrefix(prefix)
  for (const service of services) {
    const { namespace, name } = service
    const { ips, groups } = addressesOf(service)
    for (const ip of ips) if (isIn(ip)) addOwner(owners, ip, [namespace, name])
    // Reverse shards have every label, even one that could be derived from the address.
    for (const { endpoints } of groups)
      for (const [address, label] of unpackEndpoints(endpoints))
        if (isIn(address)) addOwner(owners, address, [namespace, name, label ?? dashedLabel(address)])
  }
  return owners
}

/** Once each: slices overlap while endpoints move between them, and a service may list an address twice. */
function addOwner(owners: Owners, address: string, owner: Owner): void {
  const others = owners.get(address) ?? new Map<string, Owner>()
  owners.set(address, others)
  others.set(owner.join('/'), owner)
}

/** The bytes around the owners of an address, at most: brackets, quotes, commas and the longest address. */
const addressBytes = 60

/** The bytes around the entries of a shard, at most. */
const frameBytes = 100

/** The owners that fit into one shard. Their sizes count some bytes too many, and never too few. */
function fittingOwners(
  prefix: string,
  all: Owners,
): { readonly owners: ReadonlyMap<string, readonly Owner[]>; readonly skipped: readonly Skipped[] } {
  const sizes = new Map<string, number>()
  let total = frameBytes + addressBytes * all.size
  for (const owners of all.values())
    for (const owner of owners.values()) {
      const key = keyOf(owner)
      const bytes = JSON.stringify(owner).length + 1
      sizes.set(key, (sizes.get(key) ?? 0) + bytes)
      total += bytes
    }
  const out = total > maxShardBytes ? keysToLeaveOut(sizes, total - maxShardBytes) : new Set<string>()
  const owners = new Map<string, readonly Owner[]>()
  for (const [address, list] of all) {
    const kept = [...list.values()].filter((owner) => !out.has(keyOf(owner)))
    if (kept.length > 0) owners.set(address, kept)
  }
  const skipped = Array.from(out, (key) => leftOut(key, `its PTRs in ${prefix}`, sizes.get(key) ?? 0))
  return { owners, skipped }
}

function keyOf([namespace, service]: Owner): string {
  return serviceKey(namespace, service)
}
