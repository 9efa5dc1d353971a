import { endpoint, type KubeObject, managed, namespace, pod, port, service, slice } from '../dig.ts'
import type { Random } from '../seeded-random.ts'

/** The namespaces of generated clusters. Each exists in most of them; Services may be in one that does not exist. */
export const generatedNamespaces = ['alpha', 'beta', 'gamma', 'delta'] as const

/** Few names and addresses, so that Services of several namespaces have the same ones. */
const serviceNames = ['web', 'db', 'api', 'same', 'x']
const hostnames = ['h0', 'h1', 'same']
const clusterIps = [...Array(12).keys()].map((at) => `10.96.0.${at + 1}`).concat('fd00:96::1', 'fd00:96::2')
const endpointIps = [...Array(8).keys()]
  .flatMap((at) => [`10.244.1.${at + 1}`, `10.244.2.${at + 1}`])
  .concat(
    clusterIps.slice(0, 8),
    clusterIps.slice(0, 8),
    'fd00:244::1',
    'fd00:244::2',
    '203.0.113.1',
    '203.0.113.2',
  )

/** Namespaces that are needed for the list of namespaces to be a blob. */
const manyNamespaces = 220

/** Objects of a cluster whose namespaces share names and addresses, and whose aliases lead from one to another. */
export function generateObjects(random: Random): KubeObject[] {
  const existing = generatedNamespaces.filter(() => random.chance(0.9))
  const filler = random.chance(0.15) ? Array.from({ length: manyNamespaces }, (_, at) => `filler-${at}`) : []
  const places = generatedNamespaces.flatMap((space) => serviceNames.map((name) => `${space}/${name}`))
  return [
    ...(random.chance(0.3) ? largeService(random.pick(generatedNamespaces)) : []),
    ...[...existing, ...filler].map(namespace),
    ...places.filter(() => random.chance(0.7)).flatMap((key) => drawService(key, random)),
    ...Array.from({ length: random.between(2, 8) }, (_, at) =>
      pod(`${random.pick(generatedNamespaces)}/pod-${at}`, random.pick(endpointIps)),
    ),
  ]
}

/** A headless Service whose addresses do not fit into an answer without OPT. */
function largeService(space: string): KubeObject[] {
  const endpoints = Array.from({ length: 220 }, (_, at) => endpoint(`10.244.3.${at + 1}`))
  const key = `${space}/large`
  return [service(key, { clusterIPs: ['None'] }), slice(key, endpoints, [port('http:80')])]
}

function drawService(key: string, random: Random): KubeObject[] {
  const ports = ['http:80', 'dns:53/UDP', ':6379'].filter(() => random.chance(0.5)).map(port)
  if (random.chance(0.3)) return [service(key, { type: 'ExternalName', externalName: drawTarget(random) })]
  const isHeadless = random.chance(0.5)
  const clusterIPs = isHeadless ? ['None'] : [random.pick(clusterIps)]
  const slices = Array.from({ length: random.between(0, 2) }, () => {
    const endpoints = Array.from({ length: random.between(1, 4) }, () =>
      endpoint(random.pick(endpointIps), random.chance(0.4) ? random.pick(hostnames) : undefined),
    )
    const made = slice(key, endpoints, ports)
    return random.chance(0.5) ? managed(made) : made
  })
  return [service(key, { clusterIPs, ports }), ...slices]
}

/** The target of an alias: in the cluster by one of its zones, in the other cluster's zone, or outside. */
function drawTarget(random: Random): string {
  const relative = `${random.pick(serviceNames)}.${random.pick(generatedNamespaces)}.svc`
  const below = random.chance(0.2) ? `${random.pick(hostnames)}.${relative}` : relative
  const zones = ['cluster.local', 'cluster.local', 'cluster.local', 'one.example.com', 'two.example.com']
  return random.chance(0.85) ? `${below}.${random.pick(zones)}` : 'www.example.com'
}

/** The namespace of an object, or a Namespace's own name. */
export function namespaceOf(object: KubeObject): string {
  const { name = '', namespace: space } = object.metadata as { name?: string; namespace?: string }
  return object.kind === 'Namespace' ? name : (space ?? '')
}
