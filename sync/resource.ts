import type { ObjectKind } from './skipped.ts'

/** What is listed and watched of each kind: the path of all namespaces' objects, and the name that roles use. */
export type Resource = { readonly kind: ObjectKind; readonly path: string; readonly plural: string }

export const resources: readonly Resource[] = [
  { kind: 'Namespace', path: '/api/v1/namespaces', plural: 'namespaces' },
  { kind: 'Service', path: '/api/v1/services', plural: 'services' },
  {
    kind: 'EndpointSlice',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    plural: 'endpointslices.discovery.k8s.io',
  },
]
