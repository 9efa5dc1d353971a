import type { Case } from './case.ts'

/** The names that every client queries, below `default.svc.ZONE`. `addresses` is the whole RRset. */
export const cases: readonly Case[] = [
  { title: 'ClusterIP', label: 'web', type: 'A', addresses: ['10.96.0.10'] },
  { title: 'headless 3', label: 'three', type: 'A', addresses: hosts(1, 3) },
  { title: 'headless 100', label: 'hundred', type: 'A', addresses: hosts(2, 100) },
  { title: 'headless 300', label: 'three-hundred', type: 'A', addresses: hosts(3, 300) },
  {
    title: 'ExternalName inside',
    label: 'inside',
    type: 'A',
    addresses: ['10.96.0.10'],
    target: 'web.default.svc.cluster.local',
  },
  {
    title: 'ExternalName outside',
    label: 'outside',
    type: 'A',
    addresses: ['203.0.113.7'],
    target: 'www.default.svc.outside.example',
  },
  { title: 'IPv6 only', label: 'six', type: 'AAAA', addresses: ['fd00:10:96::6'] },
  { title: 'NXDOMAIN', label: 'nobody', type: 'A', addresses: [] },
]

/** The objects of a cluster with these names, as printed by `kubectl get -o json`. */
export function clusterObjects(): string {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    ...cases.flatMap(objectsOf),
  ]
  return JSON.stringify({ kind: 'List', items })
}

/** The objects of a cluster with the zone outside.example, which has the target of 'ExternalName outside'. */
export function outsideObjects(): string {
  const www = service('www', { clusterIP: '203.0.113.7', clusterIPs: ['203.0.113.7'], ipFamilies: ['IPv4'] })
  return JSON.stringify({
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }, www],
  })
}

/** `count` addresses of pods, 250 per node; node n has the network 10.244.NODE0+n.0/24. */
function hosts(node: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `10.244.${node + Math.floor(at / 250)}.${1 + (at % 250)}`)
}

function objectsOf({ label, type, addresses, target }: Case): object[] {
  if (target !== undefined) return [service(label, { type: 'ExternalName', externalName: target })]
  const [only] = addresses
  if (only === undefined) return []
  const ipFamilies = [type === 'A' ? 'IPv4' : 'IPv6']
  const ports = [{ name: 'http', port: 80 }]
  if (addresses.length === 1)
    return [service(label, { clusterIP: only, clusterIPs: [only], ipFamilies, ports })]
  return [service(label, { clusterIP: 'None', ipFamilies, ports }), ...slices(label, addresses)]
}

function service(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec }
}

/** EndpointSlices of at most 100 endpoints, as Kubernetes writes them. */
function slices(name: string, addresses: readonly string[]): object[] {
  const starts = Array.from({ length: Math.ceil(addresses.length / 100) }, (_, at) => at * 100)
  return starts.map((start) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${start}`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: addresses.slice(start, start + 100).map((address) => ({ addresses: [address] })),
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  }))
}
