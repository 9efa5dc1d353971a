import type { AgentOptions } from './options.ts'
import { reduceObject } from './reduce.ts'
import { inNamespace, type Resource, resourcesFor } from './resource.ts'
import { createStore, type Store } from './store.ts'

/** A part of the cluster that is listed as a whole, and where its objects are kept. */
export type Scope = { readonly resources: readonly Resource[]; readonly store: Store }

/**
 * The parts of a cluster that an agent watches: all of it, or with `namespaced` each of its namespaces by itself, so
 * that Roles in these suffice. Then no list says which namespaces exist, and those that are named count as
 * existing: whoever deletes one deletes the Role in it, and its lists are refused.
 */
export function scopesOf(options: AgentOptions): Scope[] {
  const resources = resourcesFor(options.pods)
  if (!options.namespaced) return [{ resources, store: createStore() }]
  const namespaced = resources.filter(({ kind }) => kind !== 'Namespace')
  return options.namespaces.map((name) => {
    const store = createStore()
    store.upsert('Namespace', reduceObject('Namespace', { metadata: { name } }, options))
    return { resources: namespaced.map((resource) => inNamespace(resource, name)), store }
  })
}

/** All that an agent with these options lists and watches. */
export function watchedResources(options: AgentOptions): Resource[] {
  return scopesOf(options).flatMap(({ resources }) => resources)
}
