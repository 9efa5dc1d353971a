import { blobKey } from '../../snapshot/keys.ts'
import type { Clock } from '../clock.ts'
import type { Log, Tasks } from '../ports.ts'
import type { BucketPlace, Source } from '../source/source.ts'
import { createSingleflight } from './singleflight.ts'

/** Texts of buckets that did not come with their root. */
export type BucketReads = {
  /** The text, unchecked; null if the source does not have it, failed or was too slow. Never rejects. */
  read(cluster: string, place: BucketPlace, attempt: 0 | 1, tasks: Tasks): Promise<string | null>
}

/** Reads buckets from their source, each once for all requests that wait for it. `deadlineMs` is the deadline of one read. */
export function createBucketReads({
  source,
  clock,
  log,
  deadlineMs,
}: {
  readonly source: Source
  readonly clock: Clock
  readonly log: Log
  readonly deadlineMs: number
}): BucketReads {
  const reads = createSingleflight<string | null>(deadlineMs, clock)
  return {
    async read(cluster, place, attempt, tasks) {
      const { hash } = place
      try {
        const key = `${blobKey(cluster, hash)} ${attempt}`
        const text = await reads.join(key, () => source.bucket(cluster, place, attempt, tasks), tasks)
        if (text !== 'late') return text
        log.warn('bucket read timed out', { hash })
      } catch (error) {
        log.warn('bucket read failed', { hash, reason: String(error) })
      }
      return null
    },
  }
}
