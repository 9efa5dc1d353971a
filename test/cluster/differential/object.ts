import type { Oddity } from './oddities.ts'

/** The kinds that the differential makes. */
export type Kind = 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod' | 'StatefulSet' | 'Deployment'

/** An object to send to the API server. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: Kind
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly spec?: unknown
  readonly [field: string]: unknown
}

/** One request to the API server, and which oddities it brings about if it is accepted. */
export type Change = {
  readonly verb: 'create' | 'replace' | 'delete'
  readonly object: KubeObject
  readonly oddities: readonly Oddity[]
}

const groups: Readonly<Record<Kind, readonly [path: string, plural: string]>> = {
  Namespace: ['/api/v1', 'namespaces'],
  Service: ['/api/v1', 'services'],
  Pod: ['/api/v1', 'pods'],
  EndpointSlice: ['/apis/discovery.k8s.io/v1', 'endpointslices'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  Deployment: ['/apis/apps/v1', 'deployments'],
}

/** A kind's path in the API: of all its objects, of those in a namespace, or of one. */
export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const [group, plural] = groups[kind]
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${within}/${plural}${name === undefined ? '' : `/${name}`}`
}

/** The identity of an object: kind, namespace and name. */
export function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}
