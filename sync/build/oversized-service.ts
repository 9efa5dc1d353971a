import { maxBodyBytes } from '../../snapshot/ingest.ts'
import { type Skipped, skip } from '../objects/skipped.ts'

/**
 * The maximum size of one service in a shard (bytes). A blob must fit into one ingest request; the remaining quarter is
 * left for the other services of the shard, whose mean size is at most 24 KiB.
 */
export const maxServiceBytes = (maxBodyBytes / 4) * 3

/**
 * The reason to skip a service whose entry has this many bytes; undefined when it can be published. Only services with
 * some 10,000 endpoints or more are affected; each is skipped alone, and the others are published.
 */
export function oversizedService(key: string, bytes: number): Skipped | undefined {
  if (bytes <= maxServiceBytes) return undefined
  const text = `its endpoints take ${bytes} bytes, at most ${maxServiceBytes} can be published`
  return skip('Service', key, { cause: 'size', text })
}
