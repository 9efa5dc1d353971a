import { endpointsEntry, serviceEntry } from '../../snapshot/encode.ts'
import type { Content } from '../../snapshot/schema.ts'
import type { Skipped } from '../objects/skipped.ts'
import { giant } from './giants.ts'
import type { LazyBlob } from './lazy-blob.ts'
import { createPodFamily, type PodFamily } from './pod-shards.ts'
import { createEndpointReverseFamily, createReverseFamily } from './reverse-shards.ts'
import type { PublishedService, Turn } from './selection.ts'
import { createServiceFamily } from './service-shards.ts'
import type { BuildOptions, StoredBits } from './snapshot.ts'

/** The part of a root's content that names shards. */
export type Sharded = Pick<Content, 'services' | 'reverse' | 'endpoints' | 'endpointReverse' | 'podAddresses'>

/** All shards of a snapshot, each brought up to date when something in it turns. */
export type Families = {
  /** Takes over what a service was, and what it is. */
  turn(turn: Turn<PublishedService>): void
  readonly turnPod: PodFamily['turn']
  /** Writes the shards in which something has turned. */
  settle(stored: StoredBits): Promise<{ readonly content: Sharded; readonly blobs: readonly LazyBlob[] }>
  /** How many services the shards hold. */
  services(): number
  /** Services that are too large for any request. */
  skipped(): Iterable<Skipped>
}

/** Families of nothing. */
export function createFamilies({ endpointNames, ignoreEmptyServices }: BuildOptions): Families {
  const services = createServiceFamily('services')
  const endpoints = createServiceFamily('endpoints')
  const reverse = createReverseFamily()
  const endpointReverse = createEndpointReverseFamily()
  const pods = createPodFamily()
  const held = new Set<string>()
  const giants = new Map<string, Skipped>()
  const turn = ({ key, before, after }: Turn<PublishedService>): void => {
    const entries = after && entriesOf(key, after)
    const tooLarge = entries && giant(key, Math.max(entries.service.length, entries.endpoints?.length ?? 0))
    giants.delete(key)
    if (tooLarge) giants.set(key, tooLarge)
    const is = tooLarge ? undefined : after
    const turned = { key, before: held.has(key) ? before : undefined, after: is }
    if (is) held.add(key)
    else held.delete(key)
    services.set(key, is && !(ignoreEmptyServices && isEmpty(is)) ? entries?.service : undefined)
    reverse.turn(turned)
    if (!endpointNames) return
    endpoints.set(key, is && entries?.endpoints)
    endpointReverse.turn(turned)
  }
  const settle: Families['settle'] = async (stored) => {
    const settled = {
      services: await services.settle(stored.services),
      reverse: await reverse.settle(),
      endpoints: await endpoints.settle(stored.endpoints),
      endpointReverse: await endpointReverse.settle(),
      podAddresses: await pods.settle(),
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
  return { turn, turnPod: pods.turn, settle, services: () => held.size, skipped: () => giants.values() }
}

/** What shards say of a service, and of the endpoints of one that has addresses of its own. */
function entriesOf(
  key: string,
  { service, endpoints }: PublishedService,
): { readonly service: string; readonly endpoints: string | undefined } {
  return {
    service: serviceEntry(key, service),
    endpoints: endpoints.length > 0 ? endpointsEntry(key, endpoints) : undefined,
  }
}

/**
 * A service that `ignoreEmptyServices` leaves out: its name has no answer, while its addresses still lead to it, as
 * CoreDNS has it. Headless services with nothing ready have none in any case.
 */
function isEmpty({ service, endpoints }: PublishedService): boolean {
  return service.kind === 'cluster' && endpoints.length === 0
}
