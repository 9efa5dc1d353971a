import { maxBodyBytes } from '../../snapshot/ingest.ts'
import { type Skipped, skip } from '../objects/skipped.ts'

/** The maximum size of a shard (bytes): a blob and its line feed must fit into one ingest request. */
export const maxShardBytes = maxBodyBytes - 1

/** The bytes of each Service, or other part of a namespace, in a shard, by a key that begins with 'namespace/'. */
export type Sizes = ReadonlyMap<string, number>

/**
 * The keys to leave out of a shard that is `excess` bytes too large. The namespace with the most bytes in the
 * shard loses its largest one until the rest fits, so that one namespace, which may choose the names of its Services
 * and the addresses of its slices, cannot stop the others from being published. The same sizes have the same result.
 */
export function keysToLeaveOut(sizes: Sizes, excess: number): Set<string> {
  const out = new Set<string>()
  const byNamespace = [...Map.groupBy(sizes, ([key]) => key.split('/', 1)[0])].map(([name, services]) => ({
    name: name ?? '',
    bytes: services.reduce((sum, [, bytes]) => sum + bytes, 0),
    // The largest one is the last.
    services: services.toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)),
  }))
  for (let left = excess; left > 0; ) {
    const most = byNamespace.reduce((a, b) =>
      b.bytes > a.bytes || (b.bytes === a.bytes && b.name > a.name) ? b : a,
    )
    const largest = most.services.pop()
    if (!largest) break
    const [key, bytes] = largest
    out.add(key)
    most.bytes -= bytes
    left -= bytes
  }
  return out
}

/** The reason why a Service is not in a shard. `part` is what is missing of it, such as 'its names'. */
export function leftOut(key: string, part: string, bytes: number): Skipped {
  const text = `${part} take ${bytes} bytes of a shard that would exceed ${maxShardBytes}, most of them for namespace ${key.split('/', 1)[0]}`
  return skip('Service', key, { cause: 'size', text })
}
