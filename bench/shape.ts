/** A generated cluster: objects of three kinds, and names to query. */
export type Shape = {
  readonly namespaces: readonly object[]
  readonly services: readonly object[]
  readonly slices: readonly object[]
  /** The name of every Service; each has at least one A record. */
  readonly names: readonly string[]
  /** Names and their addresses, for servers that serve a zone from a file. */
  readonly records: readonly { readonly name: string; readonly addresses: readonly string[] }[]
}

/** Headless Services of these sizes are in every shape, as of3.bench and of50.bench. */
const headlessSizes = [3, 50]

/**
 * Where the addresses of moved endpoints, and of the headless Services of `headlessSizes`, begin in 10.0.0.0/8: 10.128.0.0
 * and 10.64.0.0. All addresses are private, because public ones in slices that no controller wrote have no PTR.
 */
const movedFrom = 128 << 16
const headlessFrom = 64 << 16

export const zone = 'cluster.local'

/**
 * Generates `services` Services with `endpoints` endpoints in total, over 100 namespaces. Every second Service is
 * headless. The first `moved` Services get another address for their first endpoint, a new one in each `round`.
 */
export function shapeOf(services: number, endpoints: number, moved = 0, round = 0): Shape {
  const each = Math.max(1, Math.round(endpoints / services))
  const parts = Array.from({ length: services }, (_, index) => {
    const addresses = Array.from({ length: each }, (_unused, at) => address(10, index * each + at))
    if (index < moved) addresses[0] = address(10, movedFrom + index + (round % 1_000) * moved)
    return part(
      `ns-${index % 100}`,
      `svc-${index}`,
      addresses,
      index % 2 === 0 ? address(172, index) : 'None',
    )
  })
  headlessSizes.forEach((size, index) => {
    const addresses = Array.from({ length: size }, (_, at) => address(10, headlessFrom + index * 1_000 + at))
    parts.push(part('bench', `of${size}`, addresses, 'None'))
  })
  const namespaces = new Set(parts.map(({ namespace }) => namespace))
  return {
    namespaces: [...namespaces].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: name, resourceVersion: '1' },
    })),
    services: parts.map(({ service }) => service),
    slices: parts.map(({ slice }) => slice),
    names: parts.map(({ record }) => record.name),
    records: parts.map(({ record }) => record),
  }
}

/** The shape as `kubectl get ... -o json` prints it. */
export function listText({ namespaces, services, slices }: Shape): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...namespaces, ...services, ...slices] })
}

type Part = {
  readonly namespace: string
  readonly service: object
  readonly slice: object
  readonly record: Shape['records'][number]
}

function part(namespace: string, name: string, addresses: readonly string[], clusterIp: string): Part {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  const metadata = { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '1' }
  const labels = { 'kubernetes.io/service-name': name }
  return {
    namespace,
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ClusterIP', clusterIP: clusterIp, clusterIPs: [clusterIp], ports },
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, name: `${name}-1`, uid: `${namespace}-${name}-1`, labels },
      addressType: 'IPv4',
      ports,
      endpoints: addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    },
    record: {
      name: `${name}.${namespace}.svc.${zone}`,
      addresses: clusterIp === 'None' ? addresses : [clusterIp],
    },
  }
}

function address(first: number, index: number): string {
  return [first, (index >> 16) & 0xff, (index >> 8) & 0xff, index & 0xff].join('.')
}
