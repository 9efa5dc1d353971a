import { endpointsEntry, serviceEntry } from '../../snapshot/encode.ts'
import type { Content, EndpointGroup, Root } from '../../snapshot/schema.ts'
import { type PackedGroup, unpackEndpoints } from '../objects/packed-endpoints.ts'
import type { Skipped } from '../objects/skipped.ts'
import type { LazyBlob } from './lazy-blob.ts'
import { oversizedService } from './oversized-service.ts'
import { createPodShards, type PodShards } from './pod-shards.ts'
import { createEndpointReverseShards, createReverseShards, type OwnerShards } from './reverse-shards.ts'
import type { PublishedService, Update } from './selection.ts'
import { createServiceShards, type ServiceShards } from './service-shards.ts'

/** The part of a root's content that names shards. */
export type ShardedContent = Pick<
  Content,
  'services' | 'reverse' | 'endpoints' | 'endpointReverse' | 'podAddresses'
>

/** The options that affect the content of shards. */
export type ShardOptions = { readonly endpointNames: boolean; readonly ignoreEmptyServices: boolean }

/** The numbers of shards in the published root, as powers of two. They change with hysteresis (see shardBits). */
export type StoredBits = { readonly services: number; readonly endpoints: number }

/** All shards of a snapshot. */
export type Shards = {
  /** Takes over the update of a service. */
  update(update: Update<PublishedService>): void
  /** Takes over the update of a pod. */
  readonly updatePod: PodShards['update']
  /** Encodes the shards that changed. */
  settle(
    stored: StoredBits,
  ): Promise<{ readonly content: ShardedContent; readonly blobs: readonly LazyBlob[] }>
  /** The number of services in the shards. */
  services(): number
  /**
   * Services that are too large for any request, and Services and pods that did not fit into a shard with others at the
   * last `settle`.
   */
  skipped(): Iterable<Skipped>
}

/** The numbers of shards in a published root; 0 bits when nothing is published. */
export function storedBitsOf(published: Root | undefined): StoredBits {
  return { services: published?.services.bits ?? 0, endpoints: published?.endpoints?.bits ?? 0 }
}

/** Empty shards. */
export function createShards({ endpointNames, ignoreEmptyServices }: ShardOptions): Shards {
  const services = createServiceShards('services')
  const endpoints = createServiceShards('endpoints')
  const reverse = createReverseShards()
  const endpointReverse = createEndpointReverseShards()
  const pods = createPodShards()
  const present = new Set<string>()
  const oversized = new Map<string, Skipped>()
  const update = ({ key, before, after }: Update<PublishedService>): void => {
    const entries = after && entriesOf(key, after)
    const skipped =
      entries && oversizedService(key, Math.max(entries.service.length, entries.endpoints?.length ?? 0))
    oversized.delete(key)
    if (skipped) oversized.set(key, skipped)
    const next = skipped ? undefined : after
    const change = { key, before: present.has(key) ? before : undefined, after: next }
    if (next) present.add(key)
    else present.delete(key)
    services.set(key, next && !(ignoreEmptyServices && isEmpty(next)) ? entries?.service : undefined)
    reverse.update(change)
    if (!endpointNames) return
    endpoints.set(key, next && entries?.endpoints)
    endpointReverse.update(change)
  }
  const families = { services, reverse, endpoints, endpointReverse, pods }
  return {
    update,
    updatePod: pods.update,
    settle: (stored) => settle(families, stored, endpointNames),
    services: () => present.size,
    skipped: () => [
      ...oversized.values(),
      ...[services, endpoints, reverse, endpointReverse, pods].flatMap((family) => family.skipped()),
    ],
  }
}

type Families = {
  readonly services: ServiceShards
  readonly reverse: OwnerShards
  readonly endpoints: ServiceShards
  readonly endpointReverse: OwnerShards
  readonly pods: PodShards
}

async function settle(
  families: Families,
  stored: StoredBits,
  endpointNames: boolean,
): ReturnType<Shards['settle']> {
  const settled = {
    services: await families.services.settle(stored.services),
    reverse: await families.reverse.settle(),
    endpoints: await families.endpoints.settle(stored.endpoints),
    endpointReverse: await families.endpointReverse.settle(),
    podAddresses: await families.pods.settle(),
  }
  const content = {
    services: settled.services.family,
    reverse: settled.reverse.family,
    endpoints: endpointNames ? settled.endpoints.family : null,
    endpointReverse: settled.endpointReverse.family,
    podAddresses: settled.podAddresses.family,
  }
  return { content, blobs: Object.values(settled).flatMap(({ blobs }) => blobs) }
}

/** The entries of a service: its own, and that of its endpoints unless it is headless. */
function entriesOf(
  key: string,
  { service, endpoints }: PublishedService,
): { readonly service: string; readonly endpoints: string | undefined } {
  const groups = endpoints.map(unpacked)
  if (service.kind === 'headless')
    return { service: serviceEntry(key, { ...service, groups }), endpoints: undefined }
  return {
    service: serviceEntry(key, service),
    endpoints: groups.length > 0 ? endpointsEntry(key, groups) : undefined,
  }
}

function unpacked({ ports, endpoints }: PackedGroup): EndpointGroup {
  return { ports, endpoints: unpackEndpoints(endpoints) }
}

/**
 * Whether `ignoreEmptyServices` leaves out a service. Its name is not answered then, but the PTR of its address is, as
 * in CoreDNS. A headless service without ready endpoints has no records in any case.
 */
function isEmpty({ service, endpoints }: PublishedService): boolean {
  return service.kind === 'cluster' && endpoints.length === 0
}
