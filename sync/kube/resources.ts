import type { PodsMode } from '../../snapshot/schema.ts'
import { kindsFor } from '../objects/kinds.ts'
import { endedPhases } from '../objects/pod.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { AgentOptions } from '../options.ts'

/** How a kind of object is listed and watched. */
export type Resource = {
  readonly kind: ObjectKind
  /** The API path of the objects in all namespaces. */
  readonly path: string
  /** The name that roles use, with the API group. */
  readonly plural: string
  /** Restricts the objects that the API sends; absent: all of them. */
  readonly fieldSelector?: string
}

const resourceOf: Readonly<Record<ObjectKind, Resource>> = {
  Namespace: { kind: 'Namespace', path: '/api/v1/namespaces', plural: 'namespaces' },
  Service: { kind: 'Service', path: '/api/v1/services', plural: 'services' },
  EndpointSlice: {
    kind: 'EndpointSlice',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    plural: 'endpointslices.discovery.k8s.io',
  },
  Pod: {
    kind: 'Pod',
    path: '/api/v1/pods',
    plural: 'pods',
    fieldSelector: endedPhases.map((phase) => `status.phase!=${phase}`).join(','),
  },
}

/** The resources that an agent reads in a pods mode. */
export function resourcesFor(mode: PodsMode): readonly Resource[] {
  return kindsFor(mode).map((kind) => resourceOf[kind])
}

/** The resources that every mode reads. */
export const resources = resourcesFor('disabled')

/** A part of the cluster that is listed as a unit: one namespace, or (`undefined`) the whole cluster. */
export type Scope = { readonly namespace: string | undefined; readonly resources: readonly Resource[] }

/**
 * The scopes that an agent watches: the whole cluster or, with `namespaced`, each of its namespaces separately, so
 * that Roles in those namespaces suffice. No list then says which namespaces exist, so the named ones count as
 * existing: deleting a namespace deletes its Role too, and the API then refuses its lists.
 */
export function scopesOf(options: AgentOptions): Scope[] {
  const read = resourcesFor(options.pods)
  if (!options.namespaced) return [{ namespace: undefined, resources: read }]
  const namespaced = read.filter(({ kind }) => kind !== 'Namespace')
  return options.namespaces.map((namespace) => ({
    namespace,
    resources: namespaced.map((resource) => inNamespace(resource, namespace)),
  }))
}

/** All resources that an agent with these options lists and watches. */
export function watchedResources(options: AgentOptions): Resource[] {
  return scopesOf(options).flatMap((scope) => scope.resources)
}

function inNamespace(resource: Resource, namespace: string): Resource {
  const path = resource.path.replace(/[^/]+$/, (plural) => `namespaces/${namespace}/${plural}`)
  return { ...resource, path, plural: `${namespace}/${resource.plural}` }
}
