import { endpointsEntry, joinEntries, serviceEntry } from './encode.ts'
import type { EndpointGroup, Service } from './schema.ts'

/** Services by key → a blob's text. */
export function encodeServices(services: ReadonlyMap<string, Service>): string {
  const entries = Array.from(services, ([key, service]) => [key, serviceEntry(key, service)] as const)
  return joinEntries('services', new Map(entries))
}

/** The endpoint groups of services with cluster IPs, by key → a blob's text. */
export function encodeEndpoints(services: ReadonlyMap<string, readonly EndpointGroup[]>): string {
  const entries = Array.from(services, ([key, groups]) => [key, endpointsEntry(key, groups)] as const)
  return joinEntries('endpoints', new Map(entries))
}
