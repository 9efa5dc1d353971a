import type { ShapeObject } from '../api-server.ts'
import { type Shape, zone } from '../shape.ts'

/** The size of a cluster whose pods are spread over nodes. */
export type Width = {
  readonly services: number
  readonly endpoints: number
  readonly nodes: number
  readonly families: 1 | 2
}

const namespaces = 100

/**
 * Generates a cluster in which the pods of each Service run on different nodes. Each node has a /24, and with two families a
 * /120 too. Every second Service is headless.
 */
export function wideShape(width: Width): Shape {
  const parts = Array.from({ length: width.services }, (_, index) =>
    partOf(index, placesOf(width, index), width.families),
  )
  const names = Array.from({ length: namespaces }, (_, index) => `ns-${index}`)
  return {
    namespaces: names.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: name, resourceVersion: '1' },
    })),
    services: parts.map(({ service }) => service),
    slices: parts.flatMap(({ slices }) => slices),
    names: parts.map((_, index) => `svc-${index}.ns-${index % namespaces}.svc.${zone}`),
    records: [],
  }
}

/** The slices of the first headless Service after `moves` moves of its first endpoint (at most 50) to other addresses of its node. */
export function movedSlices(width: Width, moves = 1): readonly ShapeObject[] {
  const index = 1
  const host = 200 + moves
  const places = placesOf(width, index).map((place, at) => (at === 0 ? { ...place, host } : place))
  return partOf(index, places, width.families).slices
}

type Place = { readonly node: number; readonly host: number }

/** The places of a Service's pods. */
function placesOf({ services, endpoints, nodes }: Width, index: number): Place[] {
  const each = Math.round(endpoints / services)
  const pods = Array.from({ length: each }, (_, at) => index * each + at)
  return pods.map((pod) => ({ node: pod % nodes, host: 1 + Math.floor(pod / nodes) }))
}

/** Addresses of a pod, and of a Service with a cluster IP; the Services have ranges of their own. */
const podAddress = {
  IPv4: ({ node, host }: Place) => `10.${node >> 8}.${node & 0xff}.${host}`,
  IPv6: ({ node, host }: Place) => `fd00:10:${node.toString(16)}:1::${host.toString(16)}`,
}
const serviceAddress = {
  IPv4: (index: number) => `172.${16 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}`,
  IPv6: (index: number) => `fd00:172::${(index + 1).toString(16)}`,
}

function partOf(
  index: number,
  places: readonly Place[],
  families: 1 | 2,
): { readonly service: object; readonly slices: readonly ShapeObject[] } {
  const name = `svc-${index}`
  const namespace = `ns-${index % namespaces}`
  const used = (['IPv4', 'IPv6'] as const).slice(0, families)
  const clusterIPs = index % 2 === 0 ? used.map((family) => serviceAddress[family](index)) : ['None']
  const metadata = { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '1' }
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  return {
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ClusterIP', clusterIP: clusterIPs[0], clusterIPs, ipFamilies: used, ports },
    },
    slices: used.map((family) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        name: `${name}-${family.toLowerCase()}`,
        uid: `${namespace}-${name}-${family}`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: family,
      ports,
      endpoints: places.map((place) => ({
        addresses: [podAddress[family](place)],
        conditions: { ready: true },
      })),
    })),
  }
}
