import type { PodsMode } from '../../snapshot/schema.ts'
import { kindsFor } from '../objects/kinds.ts'
import { endedPhases } from '../objects/pod.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { AgentOptions } from '../options.ts'

/** The kinds of object that may hold an access policy. */
export type PolicyKind = 'ConfigMap' | 'Secret'

/** An object that holds an access policy. */
export type PolicyPlace = { readonly kind: PolicyKind; readonly namespace: string; readonly name: string }

/** How a kind of object is listed and watched. */
export type Resource<K extends ObjectKind | PolicyKind = ObjectKind | PolicyKind> = {
  readonly kind: K
  /** The API path of the objects in all namespaces. */
  readonly path: string
  /** The name that roles use, with the API group. */
  readonly plural: string
  /** Restricts the objects that the API sends; absent: all of them. */
  readonly fieldSelector?: string
  /** Lists are requested as JSON only, not as Protobuf. */
  readonly isJson?: true
}

/** A resource that a snapshot is built from. */
export type ClusterResource = Resource<ObjectKind>

const resourceOf: Readonly<Record<ObjectKind, ClusterResource>> = {
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
export function resourcesFor(mode: PodsMode): readonly ClusterResource[] {
  return kindsFor(mode).map((kind) => resourceOf[kind])
}

/** The kinds that may hold a policy, in all namespaces. */
export const policyResources: Readonly<Record<PolicyKind, Resource<PolicyKind>>> = {
  ConfigMap: { kind: 'ConfigMap', path: '/api/v1/configmaps', plural: 'configmaps', isJson: true },
  Secret: { kind: 'Secret', path: '/api/v1/secrets', plural: 'secrets', isJson: true },
}

/** One ConfigMap or Secret. With this field selector a Role for the object alone allows list and watch. */
export function policyResource({ kind, namespace, name }: PolicyPlace): Resource<PolicyKind> {
  const resource = inNamespace(policyResources[kind], namespace)
  return { ...resource, plural: `${resource.plural}/${name}`, fieldSelector: `metadata.name=${name}` }
}

/** The resources that every mode reads. */
export const resources = resourcesFor('disabled')

/** A part of the cluster that is listed as a unit: one namespace, or (`undefined`) the whole cluster. */
export type Scope = { readonly namespace: string | undefined; readonly resources: readonly ClusterResource[] }

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
export function watchedResources(options: AgentOptions): ClusterResource[] {
  return scopesOf(options).flatMap((scope) => scope.resources)
}

function inNamespace<R extends Resource>(resource: R, namespace: string): R {
  const path = resource.path.replace(/[^/]+$/, (plural) => `namespaces/${namespace}/${plural}`)
  return { ...resource, path, plural: `${namespace}/${resource.plural}` }
}
