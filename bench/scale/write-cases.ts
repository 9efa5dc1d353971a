import { setTimeout as sleep } from 'node:timers/promises'
import { create, headlessSlices, replace, type ShapeSlice, withAddresses } from './changes.ts'
import type { ShapeObject } from './load-shape.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** A change of the cluster, and how many blobs it may write. */
export type WriteCase = {
  readonly title: string
  /** Creates the objects that must exist before the agent starts. */
  readonly prepare?: () => Promise<void>
  readonly change: () => Promise<void>
  /**
   * A change of one Service's slice costs at most two shards of Services and two of addresses; pods that several
   * Services share multiply the first; a namespace costs the root alone.
   */
  readonly bound: number
}

const serviceShards = 2
const addressShards = 2

/** A rollout: pods, their slices, the pods replaced in one step, and the interval of steps. */
const rollout = { pods: 1_000, slices: 10, together: 25, everyMs: 500 }

/** The changes, for a cluster with the unchanged shape. Addresses in 10.200.0.0/13 are not in use there. */
export function writeCases({ shape, writer }: ScaleCluster): WriteCase[] {
  const headless = headlessSlices(shape)
  const clustered = (shape.slices as readonly ShapeSlice[]).filter((slice) => !headless.includes(slice))
  const [lone, ...others] = headless
  const shared = others.slice(0, 3)
  const [behind] = clustered
  if (!lone || !behind) throw new Error('the shape has no slices')
  const all = async (objects: readonly ShapeObject[]): Promise<void> => {
    await Promise.all(objects.map((object) => replace(writer, object)))
  }
  return [
    {
      title: 'one endpoint of a headless Service',
      change: () => replace(writer, withAddresses(lone, ['10.200.0.1'])),
      bound: serviceShards + addressShards,
    },
    {
      title: 'one endpoint of a Service with a cluster IP',
      change: () => replace(writer, withAddresses(behind, ['10.200.1.1'])),
      bound: serviceShards + addressShards,
    },
    {
      title: 'one pod behind three headless Services',
      prepare: () => all(shared.map((slice) => withAddresses(slice, ['10.200.2.1']))),
      change: () => all(shared.map((slice) => withAddresses(slice, ['10.200.3.1']))),
      bound: 3 * serviceShards + addressShards,
    },
    {
      title: 'a new Service',
      change: () => create(writer, service('ns-0', 'added')),
      bound: serviceShards + addressShards,
    },
    {
      title: 'a new namespace',
      change: () => create(writer, { kind: 'Namespace', metadata: { name: 'added' } }),
      bound: 0,
    },
    {
      title: `a rollout of ${rollout.pods} pods behind one headless Service, ${rollout.together} every ${rollout.everyMs} ms`,
      prepare: async () => {
        await create(writer, service('ns-0', 'rolled', 'None'))
        for (let index = 0; index < rollout.slices; index++) await create(writer, rolloutSlice(index, 0))
      },
      change: async () => {
        for (let moved = rollout.together; moved <= rollout.pods; moved += rollout.together) {
          const nextMs = performance.now() + rollout.everyMs
          await replace(writer, rolloutSlice(Math.ceil(moved / podsPerSlice) - 1, moved))
          await sleep(Math.max(0, nextMs - performance.now()))
        }
      },
      // The bound of one change of a slice, for each step.
      bound: (rollout.pods / rollout.together) * (serviceShards + addressShards),
    },
  ]
}

const podsPerSlice = rollout.pods / rollout.slices

/** A slice of the Service that is rolled out, after `moved` of all its pods were replaced. */
function rolloutSlice(index: number, moved: number): ShapeSlice {
  const endpoints = Array.from({ length: podsPerSlice }, (_, at) => {
    const pod = index * podsPerSlice + at
    return {
      addresses: [`10.${pod < moved ? 202 : 201}.${pod >> 8}.${pod & 0xff}`],
      conditions: { ready: true },
    }
  })
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `rolled-${index}`,
      namespace: 'ns-0',
      labels: { 'kubernetes.io/service-name': 'rolled' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints,
  } as ShapeSlice
}

function service(namespace: string, name: string, clusterIP?: string): ShapeObject {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  const spec = { ports, ...(clusterIP !== undefined && { clusterIP }) }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec } as ShapeObject
}
