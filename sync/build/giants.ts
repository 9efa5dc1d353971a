import { maxBodyBytes } from '../../snapshot/ingest.ts'
import { type Skipped, skip } from '../objects/skipped.ts'

/**
 * Bytes of one service inside a shard, at most. A blob must fit one ingest request; the quarter that is left
 * is for the others in its shard, whose mean is 32 KiB.
 */
export const maxServiceBytes = (maxBodyBytes / 4) * 3

/**
 * Why a service, by its key, cannot be published when an entry of its takes so many bytes; undefined when it can.
 * That is some 10,000 endpoints and more: it is skipped alone, so that the others are published all the same.
 */
export function giant(key: string, bytes: number): Skipped | undefined {
  if (bytes <= maxServiceBytes) return undefined
  const text = `its endpoints take ${bytes} bytes, at most ${maxServiceBytes} can be published`
  return skip('Service', key, { cause: 'size', text })
}
