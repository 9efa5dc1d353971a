import type { Root } from '../../../snapshot/schema.ts'
import { storedBitsOf } from '../../../sync/build/shards.ts'
import { build, type Snapshot } from '../../../sync/build/snapshot.ts'
import { parseObjects } from '../../../sync/files/parse-objects.ts'
import { staticStore } from '../../../sync/files/static-store.ts'
import type { Store } from '../../../sync/objects/store.ts'
import { resolveOptions } from '../../../sync/options.ts'
import type { Random } from '../../seeded-random.ts'

/*
 * The states of a small cluster, numbered from 1. Every version has other addresses, so an answer tells its version, in
 * other /24s, so a version has blobs that no other one has. Each version brings a Service, which goes three versions later.
 */

export const clusterId = 'dev'

/** The options of the agents: the data does not age while clocks are shifted. */
export const agentOptions = resolveOptions({ cluster: clusterId })

const spread = 5
const bornKept = 3

/** Services of a version and their addresses. */
function servicesOf(version: number): ReadonlyMap<string, string> {
  const low = version & 0xff
  const high = (version >> 8) & 0xff
  const services = new Map([
    ['always', '10.200.0.1'],
    ['web', `10.1.${high}.${low}`],
  ])
  for (let index = 0; index < spread; index++)
    services.set(`part-${index}`, `10.${10 + index}.${low}.${high}`)
  for (let born = Math.max(1, version - bornKept + 1); born <= version; born++)
    services.set(`born-${born}`, `10.201.${(born >> 8) & 0xff}.${born & 0xff}`)
  return services
}

/** A store with the objects of a version. */
export function storeOf(version: number): Store {
  const services = Array.from(servicesOf(version), ([name, address]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { clusterIP: address, clusterIPs: [address], ports: [{ port: 80 }] },
  }))
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...services] })
  return staticStore(parseObjects([{ name: 'objects', text }]), agentOptions)
}

/** The snapshot of a version, after a published root or as a first one. */
export function snapshotOf(version: number, published?: Root): Promise<Snapshot> {
  return build(storeOf(version), { ...agentOptions, static: true }, storedBitsOf(published))
}

/** The right answer to the type A of a name in a version. */
export function answerOf(version: number, name: string): string {
  const address = servicesOf(version).get(name.split('.')[0] ?? '')
  return address === undefined ? 'NXDOMAIN' : `A ${address}`
}

/** All names of a version. */
export function namesOf(version: number): string[] {
  return [...servicesOf(version).keys()].map(fullName)
}

/** A name that exists in every version, in this one, or in one that is near. */
export function drawName(version: number, random: Random): string {
  const born = (): string => `born-${Math.max(1, version + random.between(-bornKept - 1, 1))}`
  const draws = [() => 'always', () => 'web', () => `part-${random.between(0, spread - 1)}`, born]
  return fullName(random.pick(draws)())
}

function fullName(service: string): string {
  return `${service}.shop.svc.cluster.local`
}
