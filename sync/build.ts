import { encodeEndpoints, encodeNamespaces, encodeServices } from '../snapshot/encode.ts'
import type { BlobHash, Content, Root } from '../snapshot/schema.ts'
import { addBlob, type Blobs } from './blobs.ts'
import { catalogueOf, type PublishedService } from './catalogue.ts'
import { withoutGiants } from './giants.ts'
import type { AgentOptions } from './options.ts'
import { shardPods } from './pod-family.ts'
import { shardEndpointReverse, shardReverse } from './reverse-family.ts'
import { shardServices } from './service-family.ts'
import type { Skipped } from './skipped.ts'
import type { Entries } from './store.ts'

/** Everything that a root says of content, the blobs it names, and what could not be published. */
export type Snapshot = {
  readonly content: Content
  readonly blobs: ReadonlyMap<BlobHash, string>
  readonly skipped: readonly Skipped[]
  readonly counts: { readonly namespaces: number; readonly services: number }
}

/** What decides the content besides the entries. `static` data came from a file and does not age. */
export type BuildOptions = Pick<
  AgentOptions,
  | 'domain'
  | 'ttlSeconds'
  | 'pods'
  | 'staleAfterMs'
  | 'expiresAfterMs'
  | 'endpointNames'
  | 'ignoreEmptyServices'
  | 'namespaces'
> & { readonly static: boolean }

/** How many shards the published root has, as powers of two: the number changes late (see shardBits). */
export type StoredBits = { readonly services: number; readonly endpoints: number }

/** More namespaces than this are a blob: 200 names of 20 bytes make 4 KiB, in a root that every isolate reads. */
const maxInlineNamespaces = 200

/** The sizes of a published root's families; of none, when nothing is published. */
export function bitsOf(published: Root | undefined): StoredBits {
  return { services: published?.services.bits ?? 0, endpoints: published?.endpoints?.bits ?? 0 }
}

/**
 * Entries → snapshot. The same entries in any order, with the same options and stored bits, give the same
 * bytes. Reads no clock and no network (hashing is asynchronous in Web Crypto). Throws only what a fault of
 * ours would: entries were checked when they were reduced.
 */
export async function build(entries: Entries, options: BuildOptions, stored: StoredBits): Promise<Snapshot> {
  const { namespaces, services, pods, skipped } = withoutGiants(catalogueOf(entries, options.namespaces))
  const blobs: Blobs = new Map()
  const published = [...services.values()]
  const forward = pick(services, (each) =>
    options.ignoreEmptyServices && isEmpty(each) ? undefined : each.service,
  )
  const endpoints = pick(services, (each) => (each.endpoints.length > 0 ? each.endpoints : undefined))
  const content: Content = {
    domain: options.domain,
    static: options.static,
    staleAfterMs: options.staleAfterMs,
    expiresAfterMs: options.expiresAfterMs,
    ttl: options.ttlSeconds,
    pods: options.pods,
    namespaces: await namespaceList(namespaces, blobs),
    policy: null,
    services: await shardServices(forward, encodeServices, stored.services, blobs),
    reverse: await shardReverse(published, blobs),
    endpoints: options.endpointNames
      ? await shardServices(endpoints, encodeEndpoints, stored.endpoints, blobs)
      : null,
    endpointReverse: options.endpointNames ? await shardEndpointReverse(published, blobs) : {},
    podAddresses: options.pods === 'verified' ? await shardPods(pods, blobs) : {},
  }
  return { content, blobs, skipped, counts: { namespaces: namespaces.length, services: services.size } }
}

/**
 * A service that `ignoreEmptyServices` leaves out: its name has no answer, while its addresses still lead to it, as
 * CoreDNS has it. Headless services with nothing ready have none in any case.
 */
function isEmpty({ service, endpoints }: PublishedService): boolean {
  return service.kind === 'cluster' && endpoints.length === 0
}

async function namespaceList(namespaces: readonly string[], blobs: Blobs): Promise<Content['namespaces']> {
  if (namespaces.length <= maxInlineNamespaces) return namespaces.toSorted()
  return { blob: await addBlob(blobs, encodeNamespaces(namespaces)) }
}

function pick<T>(
  services: ReadonlyMap<string, PublishedService>,
  part: (service: PublishedService) => T | undefined,
): Map<string, T> {
  const picked = new Map<string, T>()
  for (const [key, service] of services) {
    const value = part(service)
    if (value !== undefined) picked.set(key, value)
  }
  return picked
}
