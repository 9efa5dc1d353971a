import type { Random } from '../../seeded-random.ts'
import type { Change, KubeObject } from './object.ts'
import type { Oddity } from './oddities.ts'
import { address4, addresses6, hostnames, longLabel, portNames, protocols } from './sample-names.ts'

/** The label that ties a slice to its Service. */
export const serviceLabel = 'kubernetes.io/service-name'

type Endpoint = {
  addresses: string[]
  hostname?: string
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean }
  targetRef?: { kind: string; namespace: string; name: string }
}

/** A slice written by hand for a Service; no service: one without the label. */
export function sliceChange(
  random: Random,
  { namespace, name, service }: { namespace: string; name: string; service: string | undefined },
): Change {
  const { ports, oddities } = slicePorts(random)
  const family = random.pick(['IPv4', 'IPv4', 'IPv4', 'IPv6', 'IPv6', 'FQDN'])
  const count = random.chance(0.05) ? 60 : random.between(0, 5)
  const shared = random.chance(0.5) ? random.pick(hostnames) : undefined
  const endpoints = Array.from({ length: count }, () =>
    endpointOf(random, family, oddities, { namespace, shared }),
  )
  twice(random, endpoints, oddities)
  if (shared !== undefined && endpoints.filter(({ hostname }) => hostname === shared).length > 1)
    oddities.push('hostname shared')
  if (count === 60) oddities.push('many addresses')
  if (service === undefined) oddities.push('slice without service label')
  const labels = service === undefined ? {} : { [serviceLabel]: service }
  const object: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels },
    addressType: family,
    endpoints,
    ports,
  }
  return { verb: 'create', object, oddities }
}

/** The same address in one slice as ready and as not ready. */
function twice(random: Random, endpoints: Endpoint[], oddities: Oddity[]): void {
  const [first] = endpoints
  if (!first || !random.chance(0.15)) return
  endpoints.push({ addresses: first.addresses, conditions: { ready: first.conditions?.ready === false } })
  oddities.push('address twice, ready and not')
}

function endpointOf(
  random: Random,
  family: string,
  oddities: Oddity[],
  { namespace, shared }: { namespace: string; shared: string | undefined },
): Endpoint {
  const endpoint: Endpoint = { addresses: [addressOf(random, family, oddities)] }
  if (random.chance(0.1)) endpoint.addresses.push(addressOf(random, family, oddities))
  if (shared !== undefined && random.chance(0.7)) endpoint.hostname = shared
  else if (random.chance(0.4)) endpoint.hostname = random.pick(hostnames)
  if (endpoint.hostname === longLabel) oddities.push('hostname of 63 letters')
  if (random.chance(0.2)) endpoint.targetRef = { kind: 'Pod', namespace, name: `pod-${random.between(1, 9)}` }
  conditions(random, endpoint, oddities)
  endpoint.addresses = [...new Set(endpoint.addresses)]
  return endpoint
}

function conditions(random: Random, endpoint: Endpoint, oddities: Oddity[]): void {
  const state = random.between(0, 9)
  if (state < 5) endpoint.conditions = { ready: true, serving: true, terminating: false }
  else if (state === 5) endpoint.conditions = { ready: false }
  else if (state === 6) endpoint.conditions = { ready: false, serving: true, terminating: true }
  else if (state === 7) endpoint.conditions = { serving: false }
  const told: readonly (Oddity | undefined)[] = ['not ready', 'terminating', 'readiness unsaid']
  oddities.push(told[state - 5] ?? (state > 7 ? 'endpoint without conditions' : 'readiness unsaid'))
}

/** An address for a slice of a family. */
export function addressOf(random: Random, family: string, oddities: Oddity[]): string {
  if (family === 'FQDN') {
    oddities.push('FQDN slice')
    return `host-${random.between(1, 5)}.example.com`
  }
  if (family === 'IPv4') return address4(random)
  oddities.push('IPv6')
  return random.pick(addresses6)
}

/** Ports that the API server takes in a slice: null, none, and ones without name or number among them. */
export function slicePorts(random: Random): { ports: object[] | null; oddities: Oddity[] } {
  const form = random.between(0, 9)
  if (form === 0) return { ports: null, oddities: ['ports null'] }
  if (form === 1) return { ports: [], oddities: ['ports missing'] }
  if (form === 2) return { ports: [{ name: 'http' }], oddities: ['port without number'] }
  if (form === 3) return { ports: [{ name: '', port: 80, protocol: 'TCP' }], oddities: ['port without name'] }
  const names = new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(portNames)))
  const ports = [...names].map((name) => ({
    name,
    port: random.between(1, 65_535),
    protocol: random.pick(protocols),
  }))
  return { ports, oddities: [] }
}

/** Two slices of one Service whose ports have one name and two protocols. */
export function alikeSlices(random: Random, namespace: string, service: string): Change[] {
  return (['TCP', 'UDP'] as const).map((protocol) => ({
    verb: 'create',
    object: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `alike-${service.slice(0, 40)}-${protocol.toLowerCase()}`,
        namespace,
        labels: { [serviceLabel]: service },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address4(random)], conditions: { ready: true } }],
      ports: [{ name: 'dns', port: 53, protocol }],
    },
    oddities: ['ports named alike for TCP and UDP'],
  }))
}
