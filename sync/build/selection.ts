import { type EndpointGroup, type Service, serviceKey } from '../../snapshot/schema.ts'
import type { PodEntry } from '../objects/pod.ts'
import { type Skipped, skip } from '../objects/skipped.ts'
import type { Change, Store } from '../objects/store.ts'

/** A service, and the ready endpoints of one that has addresses of its own (of a headless one they are in `service`). */
export type PublishedService = {
  readonly namespace: string
  readonly name: string
  readonly service: Service
  readonly endpoints: readonly EndpointGroup[]
}

/** A service or pod that is published differently from before, or no more, or for the first time. */
export type Turn<T> = { readonly key: string; readonly before: T | undefined; readonly after: T | undefined }

/** What is published: existing, exposed namespaces, their services, and the endpoints of those. */
export type Catalogue = {
  /** Takes over what has changed in the store since the last call, and tells what that means. */
  catchUp(): {
    readonly services: readonly Turn<PublishedService>[]
    readonly pods: readonly Turn<PodEntry>[]
  }
  /** Existing namespaces that are to be published. */
  namespaces(): string[]
  /** What the store could not keep of these, and services without their namespace. */
  skipped(): Skipped[]
}

/** What a catalogue remembers: what was touched since the last call, and what was published then. */
type Memory = {
  readonly store: Store
  readonly exposed: readonly string[]
  readonly namespaces: Map<string, { readonly isSelected: boolean }>
  /** Keys of the slices of each service, by serviceKey. */
  readonly slices: Map<string, string[]>
  readonly touched: {
    readonly namespaces: Set<string>
    readonly services: Set<string>
    readonly pods: Set<string>
  }
  readonly services: Map<string, PublishedService>
  readonly pods: Map<string, PodEntry>
  /** Services whose namespace does not exist. */
  readonly homeless: Map<string, Skipped>
}

/**
 * Follows a store. `exposed` are the namespaces to publish, empty means all; namespaces whose
 * labels are not selected are left out with all that is in them. A service in
 * a namespace that does not exist is skipped, as CoreDNS has it; endpoints without a service are nobody's. A
 * headless service with nothing ready stays, with no groups: a reader must tell it from one that is unknown.
 */
export function createCatalogue(store: Store, exposed: readonly string[]): Catalogue {
  const memory: Memory = {
    store,
    exposed,
    namespaces: new Map(),
    slices: new Map(),
    touched: { namespaces: new Set(), services: new Set(), pods: new Set() },
    services: new Map(),
    pods: new Map(),
    homeless: new Map(),
  }
  store.follow((change) => note(memory, change))
  return {
    catchUp: () => catchUp(memory),
    namespaces: () => [...memory.namespaces.keys()].filter((name) => isPublished(memory, name)),
    skipped: () => [
      ...store.skipped().filter(({ object }) => isWanted(memory, namespaceOf(object))),
      ...memory.homeless.values(),
    ],
  }
}

function note(memory: Memory, change: Change): void {
  const { touched, slices } = memory
  if (change.kind === 'Namespace') {
    if (change.after) memory.namespaces.set(change.key, change.after)
    else memory.namespaces.delete(change.key)
    touched.namespaces.add(change.key)
  } else if (change.kind === 'EndpointSlice') {
    const { key, before, after } = change
    for (const { namespace, service } of [before, after].filter((each) => each !== undefined)) {
      const of = serviceKey(namespace, service)
      const others = (slices.get(of) ?? []).filter((each) => each !== key)
      const isOurs = after && of === serviceKey(after.namespace, after.service)
      if (isOurs) slices.set(of, [...others, key])
      else if (others.length > 0) slices.set(of, others)
      else slices.delete(of)
      touched.services.add(of)
    }
  } else touched[change.kind === 'Pod' ? 'pods' : 'services'].add(change.key)
}

function catchUp(memory: Memory): ReturnType<Catalogue['catchUp']> {
  const { store, touched, services, pods } = memory
  if (touched.namespaces.size > 0) {
    for (const [kind, keys] of [
      ['Service', touched.services],
      ['Pod', touched.pods],
    ] as const)
      for (const key of store.keys(kind)) if (touched.namespaces.has(namespaceOf(key))) keys.add(key)
  }
  const turned = {
    services: turnsOf(touched.services, services, (key) => publishedService(memory, key)),
    pods: turnsOf(touched.pods, pods, (key) => publishedPod(memory, key)),
  }
  for (const keys of Object.values(touched)) keys.clear()
  return turned
}

function turnsOf<T>(
  keys: Iterable<string>,
  held: Map<string, T>,
  now: (key: string) => T | undefined,
): Turn<T>[] {
  const turns: Turn<T>[] = []
  for (const key of keys) {
    const before = held.get(key)
    const after = now(key)
    if (after) held.set(key, after)
    else held.delete(key)
    if (before || after) turns.push({ key, before, after })
  }
  return turns
}

function publishedService(memory: Memory, key: string): PublishedService | undefined {
  const { store, homeless, slices } = memory
  const entry = store.get('Service', key)
  homeless.delete(key)
  if (!entry || !isWanted(memory, entry.namespace)) return undefined
  const { namespace, name, service } = entry
  if (!memory.namespaces.has(namespace)) {
    const text = `namespace ${namespace} does not exist`
    homeless.set(key, skip('Service', key, { cause: 'namespace_missing', text }))
    return undefined
  }
  const ready = (slices.get(key) ?? []).flatMap((slice) => {
    const group = store.get('EndpointSlice', slice)?.group
    // Ports of a slice in which nothing is ready belong to no record.
    return group && group.endpoints.length > 0 ? [group] : []
  })
  return {
    namespace,
    name,
    service: service.kind === 'headless' ? { kind: 'headless', groups: ready } : service,
    endpoints: service.kind === 'cluster' ? ready : [],
  }
}

function publishedPod(memory: Memory, key: string): PodEntry | undefined {
  const pod = memory.store.get('Pod', key)
  return pod && isPublished(memory, pod.namespace) ? pod : undefined
}

function isPublished(memory: Memory, namespace: string): boolean {
  return memory.namespaces.has(namespace) && isWanted(memory, namespace)
}

/** Is a namespace one that would be published if it existed? */
function isWanted({ exposed, namespaces }: Memory, namespace: string): boolean {
  const isExposed = exposed.length === 0 || exposed.includes(namespace)
  return isExposed && namespaces.get(namespace)?.isSelected !== false
}

/** The namespace in 'namespace/name'; a namespace's own key is its name. */
function namespaceOf(key: string): string {
  return key.split('/', 1)[0] ?? ''
}
