import type { Endpoint } from '../../snapshot/schema.ts'
import { packEndpoints } from '../../sync/objects/packed-endpoints.ts'
import type { ServiceEntry } from '../../sync/objects/service.ts'
import { createStore, type Store } from '../../sync/objects/store.ts'
import type { Random } from '../seeded-random.ts'

/** A Service of the model. Addresses are canonical IPv4. */
export type ModelService =
  | { readonly kind: 'cluster'; readonly ip: string; readonly endpoints: readonly string[] }
  /** Endpoints by host name. */
  | { readonly kind: 'headless'; readonly hosts: ReadonlyMap<string, string> }
  /** The target: another Service of the cluster, as 'name.namespace'. */
  | { readonly kind: 'alias'; readonly target: string }

/** The state of a cluster at one moment: services by 'name.namespace'. Immutable. */
export type Objects = {
  readonly namespaces: readonly string[]
  readonly services: ReadonlyMap<string, ModelService>
}

/** The ports of every Service that has ports. */
export const modelPorts = [
  ['http', 'tcp', 8080],
  ['metrics', 'tcp', 9090],
  ['dns', 'udp', 53],
  ['grpc-web', 'tcp', 8443],
  ['profiling', 'tcp', 6060],
  ['replication', 'tcp', 7946],
] as const

const namespaces = ['shop', 'data']
const clusterCount = 124
const headlessCount = 30
const aliasCount = 24
const guestCount = 40

/** The first state of a cluster. Its names exist in all later states, except the guests of `mutate`. */
export function firstObjects(random: Random): Objects {
  const services = new Map<string, ModelService>()
  for (let index = 0; index < clusterCount; index++)
    services.set(clusterName(index), clusterAt(index, 0, random))
  for (let index = 0; index < headlessCount; index++)
    services.set(headlessName(index), headlessAt(index, random))
  for (let index = 0; index < aliasCount; index++) services.set(aliasName(index), aliasAt(index, random))
  return { namespaces, services }
}

/**
 * A later state of the cluster: aliases get other targets and these get other addresses in the same moment; endpoints
 * and guests (Services that do not exist in every state) appear and disappear.
 */
export function mutate({ namespaces: known, services: before }: Objects, random: Random): Objects {
  const services = new Map(before)
  for (let count = random.between(1, 3); count > 0; count--) {
    const index = random.between(0, aliasCount - 1)
    const alias = aliasAt(index, random)
    services.set(aliasName(index), alias)
    const target = clusterIndex(alias.target)
    if (target !== undefined) services.set(alias.target, clusterAt(target, random.between(0, 9), random))
  }
  for (let count = random.between(0, 3); count > 0; count--) {
    const index = random.between(0, headlessCount - 1)
    services.set(headlessName(index), headlessAt(index, random))
  }
  for (let count = random.between(0, 2); count > 0; count--) {
    const index = random.between(0, guestCount - 1)
    const name = guestName(index)
    if (!services.delete(name)) services.set(name, clusterAt(clusterCount + index, 0, random))
  }
  return { namespaces: known, services }
}

/** Names that do not exist in some states, and names that exist in none. */
export function fleetingName(random: Random): string {
  return random.chance(0.7)
    ? guestName(random.between(0, guestCount - 1))
    : `nobody-${random.between(0, 99)}.shop`
}

function clusterName(index: number): string {
  return `service-with-a-long-name-${index}.${index % 3 === 0 ? 'data' : 'shop'}`
}

function clusterIndex(name: string): number | undefined {
  const index = /^service-with-a-long-name-(\d+)\./.exec(name)?.[1]
  return index === undefined ? undefined : Number(index)
}

function headlessName(index: number): string {
  return `database-${index}.data`
}

function aliasName(index: number): string {
  return `alias-${index}.shop`
}

function guestName(index: number): string {
  return `guest-${index}.shop`
}

/** Every address belongs to one Service, so that each has one name. */
function clusterAt(index: number, version: number, random: Random): ModelService {
  const endpoints = Array.from(
    { length: random.between(0, 2) },
    (_, at) => `10.244.${index % 4}.${(index >> 2) * 3 + at + 1}`,
  )
  return { kind: 'cluster', ip: `10.96.${version}.${index}`, endpoints: [...new Set(endpoints)] }
}

function headlessAt(index: number, random: Random): ModelService {
  const count = random.chance(0.1) ? 0 : random.between(1, 4)
  const hosts = Array.from({ length: count }, (_, at): [string, string] => [
    `database-${index}-${at}`,
    `10.245.${random.between(0, 2)}.${index * 5 + at + 1}`,
  ])
  return { kind: 'headless', hosts: new Map(hosts) }
}

/** Some aliases lead to other aliases, always with greater numbers, so that chains have no loops. */
function aliasAt(index: number, random: Random): Extract<ModelService, { kind: 'alias' }> {
  const further = index + random.between(1, 6)
  if (further < aliasCount && random.chance(0.3)) return { kind: 'alias', target: aliasName(further) }
  const target = random.chance(0.2)
    ? headlessName(random.between(0, headlessCount - 1))
    : clusterName(random.between(0, clusterCount - 1))
  return { kind: 'alias', target }
}

/** The objects in the form of the agent's store. */
export function storeOf({ namespaces: known, services }: Objects): Store {
  const store = createStore()
  for (const name of known)
    store.upsert('Namespace', { key: name, entry: { name, isSelected: true }, skipped: [] })
  for (const [key, service] of services) {
    const [name = '', namespace = ''] = key.split('.')
    const object = { key: `${namespace}/${name}`, skipped: [] }
    const own = ownOf(service)
    store.upsert('Service', { ...object, entry: { namespace, name, service: own, hasSelector: true } })
    if (service.kind === 'alias') continue
    const group = { ports: modelPorts, endpoints: packEndpoints(endpointsOf(service)) }
    const entry = { namespace, service: name, group, writer: 'controller' } as const
    store.upsert('EndpointSlice', { ...object, entry })
  }
  return store
}

function ownOf(service: ModelService): ServiceEntry['service'] {
  if (service.kind === 'alias') return { kind: 'external', target: `${service.target}.svc` }
  return service.kind === 'cluster'
    ? { kind: 'cluster', ips: [service.ip], ports: modelPorts }
    : { kind: 'headless' }
}

function endpointsOf(service: Exclude<ModelService, { kind: 'alias' }>): Endpoint[] {
  return service.kind === 'cluster'
    ? service.endpoints.map((address) => [address] as const)
    : Array.from(service.hosts, ([host, address]) => [address, host] as const)
}
