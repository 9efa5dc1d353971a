import type { AgentOptions } from '../options.ts'
import { inNamespace, type Resource, resourcesFor } from './resources.ts'

/** A part of the cluster that is listed as a whole: one of its namespaces, or all of it. */
export type Scope = { readonly namespace: string | undefined; readonly resources: readonly Resource[] }

/**
 * The parts of a cluster that an agent watches: all of it, or with `namespaced` each of its namespaces by itself, so
 * that Roles in these suffice. Then no list says which namespaces exist, and those that are named count as
 * existing: whoever deletes one deletes the Role in it, and its lists are refused.
 */
export function scopesOf(options: AgentOptions): Scope[] {
  const resources = resourcesFor(options.pods)
  if (!options.namespaced) return [{ namespace: undefined, resources }]
  const namespaced = resources.filter(({ kind }) => kind !== 'Namespace')
  return options.namespaces.map((namespace) => ({
    namespace,
    resources: namespaced.map((resource) => inNamespace(resource, namespace)),
  }))
}

/** All that an agent with these options lists and watches. */
export function watchedResources(options: AgentOptions): Resource[] {
  return scopesOf(options).flatMap(({ resources }) => resources)
}
