import { systemClock } from '../../host/clock.ts'
import type { SharedStore } from '../../host/nats/open-store.ts'
import type { NatsPlace } from '../../host/nats/place.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import type { Log } from '../../worker/ports.ts'
import { UsageError } from '../options/option-table.ts'

/**
 * The store that --store names, for the clusters of the configuration. The packages for NATS are loaded here only, so that edges without
 * --store do not load them. Throws UsageError and HostError STORE_*.
 */
export async function openSharedStore(
  place: NatsPlace,
  { clusters }: Pick<EdgeConfig, 'clusters'>,
  log: Log,
): Promise<SharedStore> {
  if (clusters.length === 0)
    throw new UsageError('--store needs a cluster in --config: its ID, keys and zones')
  const { openNatsStore } = await import('../../host/nats/open-store.ts')
  return openNatsStore(place, { clusters: clusters.map(({ id }) => id), clock: systemClock, log })
}
