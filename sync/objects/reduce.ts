import type { AgentOptions } from '../options.ts'
import { reduceSlice, type SliceEntry } from './endpoint-slice.ts'
import { type NamespaceEntry, reduceNamespace } from './namespace.ts'
import { type PodEntry, reducePod } from './pod.ts'
import { reduceService, type ServiceEntry } from './service.ts'
import type { ObjectKind, Reduced } from './skipped.ts'

/** The entry that each kind of object is reduced to. */
export type EntryOf = {
  readonly Namespace: NamespaceEntry
  readonly Service: ServiceEntry
  readonly EndpointSlice: SliceEntry
  readonly Pod: PodEntry
}

/** The options that decide which parts of an object are kept. */
export type ReduceOptions = Pick<AgentOptions, 'domain' | 'namespaceLabels' | 'endpointPodNames' | 'policy'>

const reducers: {
  readonly [K in ObjectKind]: (object: unknown, options: ReduceOptions) => Reduced<EntryOf[K]>
} = {
  Namespace: (object, { namespaceLabels, policy }) =>
    reduceNamespace(object, namespaceLabels, policy === 'given'),
  Service: (object, { domain }) => reduceService(object, domain),
  EndpointSlice: (object, { endpointPodNames }) => reduceSlice(object, endpointPodNames),
  Pod: reducePod,
}

/**
 * One Kubernetes object → the data that DNS needs, and the reasons why parts of it cannot be published. Never throws: an
 * object that does not have its kind's shape is skipped.
 */
export function reduceObject<K extends ObjectKind>(
  kind: K,
  object: unknown,
  options: ReduceOptions,
): Reduced<EntryOf[K]> {
  return reducers[kind](object, options)
}
