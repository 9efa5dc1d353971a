import type { Blob, EndpointGroup, Owner, Port, Service } from './schema.ts'
import { schemaVersion } from './schema.ts'

/*
 * Blobs are JSON on one line. The same content always has the same text: objects have their fields in the order below,
 * maps are arrays sorted by key, and lists that Kubernetes keeps unordered are sorted. Texts compare by UTF-16 code
 * units, so the order is the same on every machine.
 */

/** The owners of each canonical address → a blob's text. */
export function encodeReverse(owners: ReadonlyMap<string, readonly Owner[]>): string {
  const entry = (address: string, list: readonly Owner[]): string =>
    JSON.stringify([address, sorted(list.map(([...owner]) => owner))])
  return joinEntries('reverse', encodeEach(owners, entry))
}

/** The namespaces with a pod of each canonical address → a blob's text. */
export function encodePods(namespaces: ReadonlyMap<string, Iterable<string>>): string {
  const entry = (address: string, names: Iterable<string>): string =>
    JSON.stringify([address, [...new Set(names)].toSorted(byText)])
  return joinEntries('pods', encodeEach(namespaces, entry))
}

/** Exposed namespaces → a blob's text. */
export function encodeNamespaces(namespaces: Iterable<string>): string {
  return JSON.stringify({
    schema: schemaVersion,
    kind: 'namespaces',
    namespaces: [...new Set(namespaces)].toSorted(byText),
  })
}

/** A service and its key → its entry in a blob of the kind `services`, for joinEntries. */
export function serviceEntry(key: string, service: Service): string {
  return JSON.stringify([key, formOf(service)])
}

/** A service's endpoint groups and its key → its entry in a blob of the kind `endpoints`, for joinEntries. */
export function endpointsEntry(key: string, groups: readonly EndpointGroup[]): string {
  return JSON.stringify([key, canonicalGroups(groups)])
}

/** Entries by key (serviceEntry, endpointsEntry) → the text of a blob with these entries. */
export function joinEntries(kind: Blob['kind'], entries: ReadonlyMap<string, string>): string {
  const ordered = [...entries.keys()].toSorted(byText).map((key) => entries.get(key))
  return `{"schema":${schemaVersion},"kind":"${kind}","entries":[${ordered.join(',')}]}`
}

function encodeEach<T>(
  entries: ReadonlyMap<string, T>,
  encode: (key: string, entry: T) => string,
): Map<string, string> {
  return new Map(Array.from(entries, ([key, entry]) => [key, encode(key, entry)]))
}

function formOf(service: Service): unknown {
  if (service.kind === 'cluster') return { ips: service.ips, ports: canonicalPorts(service.ports) }
  if (service.kind === 'headless') return { groups: canonicalGroups(service.groups) }
  return { target: service.target }
}

/** Joins groups with the same ports and sorts everything. Repeated endpoints are kept, because SRV weights count them. */
function canonicalGroups(groups: readonly EndpointGroup[]): unknown[] {
  const joined = new Map<string, { ports: readonly Port[]; endpoints: unknown[] }>()
  for (const group of groups) {
    const ports = canonicalPorts(group.ports)
    const key = JSON.stringify(ports)
    const same = joined.get(key)
    if (same) same.endpoints.push(...group.endpoints)
    else joined.set(key, { ports, endpoints: [...group.endpoints] })
  }
  const ordered = [...joined].toSorted(([a], [b]) => byText(a, b))
  return ordered.map(([, { ports, endpoints }]) => ({ ports, endpoints: sorted(endpoints) }))
}

function canonicalPorts(ports: readonly Port[]): readonly Port[] {
  return sorted(ports.map(([...port]): Port => port))
}

function sorted<T>(items: readonly T[]): readonly T[] {
  if (items.length < 2) return items
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .toSorted((a, b) => byText(a.text, b.text))
    .map(({ item }) => item)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
