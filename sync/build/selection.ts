import { serviceKey } from '../../snapshot/schema.ts'
import type { NamespaceEntry } from '../objects/namespace.ts'
import type { PackedGroup } from '../objects/packed-endpoints.ts'
import type { PodEntry } from '../objects/pod.ts'
import type { ServiceEntry } from '../objects/service.ts'
import { type Skipped, skip } from '../objects/skipped.ts'
import type { Change, Store } from '../objects/store.ts'
import { pointerGroups } from './pointer-groups.ts'

/** A service and its ready endpoints. */
export type PublishedService = {
  readonly namespace: string
  readonly name: string
  readonly service: ServiceEntry['service']
  readonly endpoints: readonly PackedGroup[]
  /** The ready endpoints whose addresses have PTRs (see pointer-groups.ts). */
  readonly pointers: readonly PackedGroup[]
}

/** A change of a published service or pod; undefined where it was or is not published. */
export type Update<T> = {
  readonly key: string
  readonly before: T | undefined
  readonly after: T | undefined
}

/** Selects the objects to publish: exposed namespaces that exist, their services, and the endpoints of those. */
export type Selection = {
  /** Takes over the store's changes since the last call. Returns the resulting updates. */
  catchUp(): {
    readonly services: readonly Update<PublishedService>[]
    readonly pods: readonly Update<PodEntry>[]
  }
  /** The published namespaces. */
  namespaces(): readonly NamespaceEntry[]
  /** A number that grows with every change of a namespace or its labels. */
  namespacesVersion(): number
  /** The skipped objects of exposed namespaces, and services whose namespace does not exist. */
  skipped(): Skipped[]
}

/** The state of a selection: the keys that changed since the last call, and the objects selected then. */
type State = {
  readonly store: Store
  readonly exposed: readonly string[]
  readonly namespaces: Map<string, NamespaceEntry>
  namespacesVersion: number
  /** Keys of the slices of each service, by serviceKey. */
  readonly slices: Map<string, string[]>
  readonly changed: {
    readonly namespaces: Set<string>
    readonly services: Set<string>
    readonly pods: Set<string>
  }
  readonly services: Map<string, PublishedService>
  readonly pods: Map<string, PodEntry>
  /** Services whose namespace does not exist. */
  readonly withoutNamespace: Map<string, Skipped>
}

/**
 * Follows a store. `exposed` are the namespaces to publish; empty means all. Namespaces whose labels are not selected
 * are left out with everything in them. A service in a namespace that does not exist is skipped, as in CoreDNS;
 * endpoints without a service are left out. A headless service without ready endpoints stays, without groups, so
 * that readers can tell it from an unknown service.
 */
export function createSelection(store: Store, exposed: readonly string[]): Selection {
  const state: State = {
    store,
    exposed,
    namespaces: new Map(),
    namespacesVersion: 0,
    slices: new Map(),
    changed: { namespaces: new Set(), services: new Set(), pods: new Set() },
    services: new Map(),
    pods: new Map(),
    withoutNamespace: new Map(),
  }
  store.follow((change) => note(state, change))
  return {
    catchUp: () => catchUp(state),
    namespaces: () => [...state.namespaces.values()].filter(({ name }) => isPublished(state, name)),
    namespacesVersion: () => state.namespacesVersion,
    skipped: () => [
      ...store.skipped().filter(({ object }) => isWanted(state, namespaceOf(object))),
      ...state.withoutNamespace.values(),
    ],
  }
}

function note(state: State, change: Change): void {
  const { changed, slices } = state
  if (change.kind === 'Namespace') {
    if (change.after) state.namespaces.set(change.key, change.after)
    else state.namespaces.delete(change.key)
    state.namespacesVersion++
    // Other labels do not matter to the objects in it.
    if (change.before?.isSelected !== change.after?.isSelected) changed.namespaces.add(change.key)
  } else if (change.kind === 'EndpointSlice') {
    const { key, before, after } = change
    for (const { namespace, service } of [before, after].filter((each) => each !== undefined)) {
      const of = serviceKey(namespace, service)
      const others = (slices.get(of) ?? []).filter((each) => each !== key)
      const isOurs = after && of === serviceKey(after.namespace, after.service)
      if (isOurs) slices.set(of, [...others, key])
      else if (others.length > 0) slices.set(of, others)
      else slices.delete(of)
      changed.services.add(of)
    }
  } else changed[change.kind === 'Pod' ? 'pods' : 'services'].add(change.key)
}

function catchUp(state: State): ReturnType<Selection['catchUp']> {
  const { store, changed, services, pods } = state
  if (changed.namespaces.size > 0) {
    for (const [kind, keys] of [
      ['Service', changed.services],
      ['Pod', changed.pods],
    ] as const)
      for (const key of store.keys(kind)) if (changed.namespaces.has(namespaceOf(key))) keys.add(key)
  }
  const updates = {
    services: updatesOf(changed.services, services, (key) => publishedService(state, key)),
    pods: updatesOf(changed.pods, pods, (key) => publishedPod(state, key)),
  }
  for (const keys of Object.values(changed)) keys.clear()
  return updates
}

function updatesOf<T>(
  keys: Iterable<string>,
  selected: Map<string, T>,
  now: (key: string) => T | undefined,
): Update<T>[] {
  const updates: Update<T>[] = []
  for (const key of keys) {
    const before = selected.get(key)
    const after = now(key)
    if (after) selected.set(key, after)
    else selected.delete(key)
    if (before || after) updates.push({ key, before, after })
  }
  return updates
}

function publishedService(state: State, key: string): PublishedService | undefined {
  const { store, withoutNamespace, slices } = state
  const entry = store.get('Service', key)
  withoutNamespace.delete(key)
  if (!entry || !isWanted(state, entry.namespace)) return undefined
  const { namespace, name, service, hasSelector } = entry
  if (!state.namespaces.has(namespace)) {
    const text = `namespace ${namespace} does not exist`
    withoutNamespace.set(key, skip('Service', key, { cause: 'namespace_missing', text }))
    return undefined
  }
  const readySlices = (slices.get(key) ?? []).flatMap((slice) => {
    const found = store.get('EndpointSlice', slice)
    // A slice without ready endpoints has no records, so its ports are left out.
    return found && found.group.endpoints !== '' ? [found] : []
  })
  return {
    namespace,
    name,
    service,
    endpoints: service.kind === 'external' ? [] : readySlices.map(({ group }) => group),
    pointers: pointerGroups(readySlices, hasSelector),
  }
}

function publishedPod(state: State, key: string): PodEntry | undefined {
  const pod = state.store.get('Pod', key)
  return pod && isPublished(state, pod.namespace) ? pod : undefined
}

function isPublished(state: State, namespace: string): boolean {
  return state.namespaces.has(namespace) && isWanted(state, namespace)
}

/** Whether a namespace would be published if it existed. */
function isWanted({ exposed, namespaces }: State, namespace: string): boolean {
  const isExposed = exposed.length === 0 || exposed.includes(namespace)
  return isExposed && namespaces.get(namespace)?.isSelected !== false
}

/** The namespace in a key 'namespace/name'; the key of a namespace is its name. */
function namespaceOf(key: string): string {
  return key.split('/', 1)[0] ?? ''
}
