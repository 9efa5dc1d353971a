import { encodeEndpoints, encodeService } from '../snapshot/encode.ts'
import { maxBodyBytes } from '../snapshot/ingest.ts'
import type { Catalogue, PublishedService } from './catalogue.ts'
import type { Skipped } from './skipped.ts'

/**
 * Bytes of one service inside a shard, at most. A blob must fit one ingest request; the quarter that is left
 * is for the others in its shard, whose mean is 32 KiB.
 */
export const maxServiceBytes = (maxBodyBytes / 4) * 3

/** A service with fewer endpoints need not be measured: an address and a label take at most 110 bytes. */
const safeEndpoints = Math.floor(maxServiceBytes / 128)

/**
 * The catalogue without services that no request could carry (some 10,000 endpoints and more): each is
 * skipped alone, so that the others are published all the same.
 */
export function withoutGiants(catalogue: Catalogue): Catalogue {
  const services = new Map<string, PublishedService>()
  const skipped: Skipped[] = [...catalogue.skipped]
  for (const [key, service] of catalogue.services) {
    const bytes = bytesOf(key, service)
    if (bytes <= maxServiceBytes) services.set(key, service)
    else {
      const reason = `its endpoints take ${bytes} bytes, at most ${maxServiceBytes} can be published`
      skipped.push({ kind: 'Service', object: key, reason })
    }
  }
  return { ...catalogue, services, skipped }
}

function bytesOf(key: string, { service, endpoints }: PublishedService): number {
  const groups = service.kind === 'headless' ? service.groups : endpoints
  const count = groups.reduce((sum, group) => sum + group.endpoints.length + group.ports.length, 0)
  if (count <= safeEndpoints) return 0
  if (service.kind === 'headless') return JSON.stringify(encodeService(service)).length
  return encodeEndpoints(new Map([[key, endpoints]])).length
}
