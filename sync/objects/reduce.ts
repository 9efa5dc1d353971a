import type { AgentOptions } from '../options.ts'
import { reduceSlice, type SliceEntry } from './endpoint-slice.ts'
import { type NamespaceEntry, reduceNamespace } from './namespace.ts'
import { type PodEntry, reducePod } from './pod.ts'
import { reduceService, type ServiceEntry } from './service.ts'
import type { ObjectKind, Reduced } from './skipped.ts'

/** What each kind of object is reduced to. */
export type EntryOf = {
  readonly Namespace: NamespaceEntry
  readonly Service: ServiceEntry
  readonly EndpointSlice: SliceEntry
  readonly Pod: PodEntry
}

/** What decides, beside an object, what is kept of it. */
export type ReduceOptions = Pick<AgentOptions, 'domain' | 'namespaceLabels' | 'endpointPodNames'>

const reducers: {
  readonly [K in ObjectKind]: (object: unknown, options: ReduceOptions) => Reduced<EntryOf[K]>
} = {
  Namespace: (object, { namespaceLabels }) => reduceNamespace(object, namespaceLabels),
  Service: (object, { domain }) => reduceService(object, domain),
  EndpointSlice: (object, { endpointPodNames }) => reduceSlice(object, endpointPodNames),
  Pod: reducePod,
}

/**
 * One Kubernetes object → what DNS needs of it, and why parts of it cannot be published. Never throws: what has not the kind's shape is skipped.
 */
export function reduceObject<K extends ObjectKind>(
  kind: K,
  object: unknown,
  options: ReduceOptions,
): Reduced<EntryOf[K]> {
  return reducers[kind](object, options)
}
