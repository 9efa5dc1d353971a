import { type NamespaceEntry, reduceNamespace } from './reduce-namespace.ts'
import { reduceService, type ServiceEntry } from './reduce-service.ts'
import { reduceSlice, type SliceEntry } from './reduce-slice.ts'
import type { ObjectKind, Reduced } from './skipped.ts'

/** What each kind of object is reduced to. */
export type EntryOf = {
  readonly Namespace: NamespaceEntry
  readonly Service: ServiceEntry
  readonly EndpointSlice: SliceEntry
}

const reducers: {
  readonly [K in ObjectKind]: (object: unknown, domain: string) => Reduced<EntryOf[K]>
} = { Namespace: reduceNamespace, Service: reduceService, EndpointSlice: reduceSlice }

/**
 * One Kubernetes object → what DNS needs of it, and why parts of it cannot be published. `domain` is the
 * cluster's native domain, folded, without final dot. Never throws: what has not the kind's shape is skipped.
 */
export function reduceObject<K extends ObjectKind>(
  kind: K,
  object: unknown,
  domain: string,
): Reduced<EntryOf[K]> {
  return reducers[kind](object, domain)
}
