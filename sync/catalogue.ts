import { type EndpointGroup, type Service, serviceKey } from '../snapshot/schema.ts'
import type { PodEntry } from './reduce-pod.ts'
import type { SliceEntry } from './reduce-slice.ts'
import type { Skipped } from './skipped.ts'
import type { Entries } from './store.ts'

/** What is published: existing, exposed namespaces, their services, and the endpoints of those. */
export type Catalogue = {
  readonly namespaces: readonly string[]
  /** By namespace and name; the keys of `services` and `endpoints` are serviceKey's. */
  readonly services: ReadonlyMap<string, PublishedService>
  readonly pods: readonly PodEntry[]
  readonly skipped: readonly Skipped[]
}

/** A service, and the ready endpoints of one that has addresses of its own (of a headless one they are in `service`). */
export type PublishedService = {
  readonly namespace: string
  readonly name: string
  readonly service: Service
  readonly endpoints: readonly EndpointGroup[]
}

/**
 * Entries → what is published of them. `exposed` are the namespaces to publish, empty means all; namespaces whose
 * labels are not selected are left out with all that is in them. A service in
 * a namespace that does not exist is skipped, as CoreDNS has it; endpoints without a service are nobody's. A
 * headless service with nothing ready stays, with no groups: a reader must tell it from one that is unknown.
 */
export function catalogueOf(entries: Entries, exposed: readonly string[]): Catalogue {
  const unselected = namesOf(entries.namespaces, false)
  const wanted = (namespace: string): boolean =>
    (exposed.length === 0 || exposed.includes(namespace)) && !unselected.has(namespace)
  const namespaces = new Set([...namesOf(entries.namespaces, true)].filter(wanted))
  const groups = groupsByService(entries.slices)
  const services = new Map<string, PublishedService>()
  const skipped = entries.skipped.filter((skip) => wanted(skip.object.split('/', 1)[0] ?? ''))
  for (const { namespace, name, service } of entries.services) {
    if (!wanted(namespace)) continue
    const key = serviceKey(namespace, name)
    if (!namespaces.has(namespace)) {
      skipped.push({ kind: 'Service', object: key, reason: `namespace ${namespace} does not exist` })
      continue
    }
    const ready = groups.get(key) ?? []
    services.set(key, {
      namespace,
      name,
      service: service.kind === 'headless' ? { kind: 'headless', groups: ready } : service,
      endpoints: service.kind === 'cluster' ? ready : [],
    })
  }
  const pods = entries.pods.filter(({ namespace }) => namespaces.has(namespace))
  return { namespaces: [...namespaces], services, pods, skipped }
}

function namesOf(namespaces: Entries['namespaces'], isSelected: boolean): Set<string> {
  return new Set(namespaces.filter((each) => each.isSelected === isSelected).map(({ name }) => name))
}

function groupsByService(slices: readonly SliceEntry[]): Map<string, EndpointGroup[]> {
  const groups = new Map<string, EndpointGroup[]>()
  for (const { namespace, service, group } of slices) {
    // Ports of a slice in which nothing is ready belong to no record.
    if (group.endpoints.length === 0) continue
    const key = serviceKey(namespace, service)
    const held = groups.get(key)
    if (held) held.push(group)
    else groups.set(key, [group])
  }
  return groups
}
