import type { PodsMode } from '../../snapshot/schema.ts'
import { endedPhases } from '../objects/pod.ts'
import type { ObjectKind } from '../objects/skipped.ts'

/** What is listed and watched of each kind: the path of all namespaces' objects, and the name that roles use. */
export type Resource = {
  readonly kind: ObjectKind
  readonly path: string
  readonly plural: string
  /** Which objects: all, unless the API is asked to leave some out. */
  readonly fieldSelector?: string
}

/** What a snapshot is made of, in any mode. */
export const resources: readonly Resource[] = [
  { kind: 'Namespace', path: '/api/v1/namespaces', plural: 'namespaces' },
  { kind: 'Service', path: '/api/v1/services', plural: 'services' },
  {
    kind: 'EndpointSlice',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    plural: 'endpointslices.discovery.k8s.io',
  },
]

const pods: Resource = {
  kind: 'Pod',
  path: '/api/v1/pods',
  plural: 'pods',
  fieldSelector: endedPhases.map((phase) => `status.phase!=${phase}`).join(','),
}

/** What is needed to answer pod names in a mode: Pods are many, and only one mode looks at them. */
export function resourcesFor(mode: PodsMode): readonly Resource[] {
  return mode === 'verified' ? [...resources, pods] : resources
}

/** The part of a resource that is in one namespace; Namespaces themselves are in none. */
export function inNamespace(resource: Resource, namespace: string): Resource {
  const path = resource.path.replace(/[^/]+$/, (plural) => `namespaces/${namespace}/${plural}`)
  return { ...resource, path, plural: `${namespace}/${resource.plural}` }
}
