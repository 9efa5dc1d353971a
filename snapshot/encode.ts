import type { Blob, EndpointGroup, Owner, Port, Service } from './schema.ts'
import { schemaVersion } from './schema.ts'

/*
 * Blobs are JSON in one line, with one spelling for one content: objects have their fields in the order below,
 * maps are arrays ordered by key, and what Kubernetes keeps without order is ordered here. Texts compare by
 * UTF-16 code units, so every machine orders alike.
 */

/** Owners by canonical address → a blob's text. */
export function encodeReverse(owners: ReadonlyMap<string, readonly Owner[]>): string {
  const entry = (address: string, list: readonly Owner[]): string =>
    JSON.stringify([address, sorted(list.map(([...owner]) => owner))])
  return joinEntries('reverse', encodeEach(owners, entry))
}

/** Namespaces with a pod of an address, by canonical address → a blob's text. */
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

/** One service, by its key → its part of a blob of the kind `services`, for joinEntries. */
export function serviceEntry(key: string, service: Service): string {
  return JSON.stringify([key, formOf(service)])
}

/** A service's endpoint groups, by its key → its part of a blob of the kind `endpoints`, for joinEntries. */
export function endpointsEntry(key: string, groups: readonly EndpointGroup[]): string {
  return JSON.stringify([key, canonicalGroups(groups)])
}

/** Parts by key → the blob's text that holds them. */
export function joinEntries(kind: Blob['kind'], parts: ReadonlyMap<string, string>): string {
  const ordered = [...parts.keys()].toSorted(byText).map((key) => parts.get(key))
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

/** Groups with the same ports joined, everything ordered; endpoints that occur twice stay twice (SRV weights count them). */
function canonicalGroups(groups: readonly EndpointGroup[]): unknown[] {
  const joined = new Map<string, { ports: readonly Port[]; endpoints: unknown[] }>()
  for (const group of groups) {
    const ports = canonicalPorts(group.ports)
    const key = JSON.stringify(ports)
    const held = joined.get(key)
    if (held) held.endpoints.push(...group.endpoints)
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
