import type { EndpointGroup, Owner, Port, Service } from './schema.ts'
import { schemaVersion } from './schema.ts'

/**
 * Blobs are JSON in one line, with one spelling for one content: objects have their fields in the order below,
 * maps are arrays ordered by key, and what Kubernetes keeps without order is ordered here. Texts compare by
 * UTF-16 code units, so every machine orders alike.
 */
export function encodeServices(services: ReadonlyMap<string, Service>): string {
  return encode('services', services, encodeService)
}

/** The endpoint groups of services with addresses of their own → a blob's text. */
export function encodeEndpoints(services: ReadonlyMap<string, readonly EndpointGroup[]>): string {
  return encode('endpoints', services, canonicalGroups)
}

/** Owners by canonical address → a blob's text. */
export function encodeReverse(owners: ReadonlyMap<string, readonly Owner[]>): string {
  return encode('reverse', owners, (list) => sorted(list.map(([...owner]) => owner)))
}

/** Namespaces with a pod of an address, by canonical address → a blob's text. */
export function encodePods(namespaces: ReadonlyMap<string, Iterable<string>>): string {
  return encode('pods', namespaces, (names) => [...new Set(names)].toSorted(byText))
}

/** Exposed namespaces → a blob's text. */
export function encodeNamespaces(namespaces: Iterable<string>): string {
  return JSON.stringify({
    schema: schemaVersion,
    kind: 'namespaces',
    namespaces: [...new Set(namespaces)].toSorted(byText),
  })
}

/** One service's form inside its blob. */
export function encodeService(service: Service): unknown {
  if (service.kind === 'cluster') return { ips: service.ips, ports: canonicalPorts(service.ports) }
  if (service.kind === 'headless') return { groups: canonicalGroups(service.groups) }
  return { target: service.target }
}

/** Groups with the same ports joined, everything ordered; endpoints that occur twice stay twice (SRV weights count them). */
function canonicalGroups(groups: readonly EndpointGroup[]): unknown[] {
  const joined = new Map<string, { ports: Port[]; endpoints: unknown[] }>()
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

function canonicalPorts(ports: readonly Port[]): Port[] {
  return sorted(ports.map(([...port]): Port => port))
}

function encode<T>(
  kind: string,
  entries: ReadonlyMap<string, T>,
  encodeEntry: (entry: T) => unknown,
): string {
  const ordered = [...entries].toSorted(([a], [b]) => byText(a, b))
  return JSON.stringify({
    schema: schemaVersion,
    kind,
    entries: ordered.map(([key, entry]) => [key, encodeEntry(entry)]),
  })
}

function sorted<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .toSorted((a, b) => byText(a.text, b.text))
    .map(({ item }) => item)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
