import { checkBlob } from '../../snapshot/blob.ts'
import { decodeBlob } from '../../snapshot/decode.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { blobKey } from '../../snapshot/keys.ts'
import type { Blob, BlobHash } from '../../snapshot/schema.ts'
import type { Clock } from '../clock.ts'
import type { Log, Tasks } from '../ports.ts'
import type { Source } from '../source/source.ts'
import { createLru } from './lru.ts'
import { createSingleflight } from './singleflight.ts'

/** A blob, or 'missing': the store does not have it, its bytes are wrong, or the store failed or was too slow. */
export type Fetched = Blob | 'missing'

/** Decoded blobs of all clusters, cached in memory. */
export type BlobCache = {
  /** The blob, without a promise if it is in memory. Never rejects. */
  fetch(cluster: string, hash: BlobHash, tasks: Tasks): Fetched | Promise<Fetched>
}

/** A blob that the store does not have is not read again for this long (ms). */
const missMs = 500

/** The number of missing blobs remembered. */
const maxMisses = 1_024

/** The approximate memory of a decoded blob, as a multiple of the length of its JSON. */
const decodedFactor = 4

/**
 * Reads blobs from their source, and checks each one against its hash and decodes it before use. A blob that is absent
 * or wrong is read once more, because KV caches "absent" like any other value.
 * `memoryBytes` bounds the cache, `deadlineMs` is the deadline of one blob's read.
 */
export function createBlobCache(options: {
  readonly source: Source
  readonly clock: Clock
  readonly memoryBytes: number
  readonly deadlineMs: number
  readonly log: Log
  /** Called for a blob whose bytes or shape are wrong. */
  readonly onRefused: (cluster: string, error: SnapshotError) => void
}): BlobCache {
  const { source, clock, log, onRefused } = options
  const decoded = createLru<Blob>(options.memoryBytes)
  const missedUntilMs = createLru<number>(maxMisses)
  const reads = createSingleflight<Fetched>(options.deadlineMs, clock)

  async function read(cluster: string, hash: BlobHash, tasks: Tasks): Promise<Fetched> {
    const key = blobKey(cluster, hash)
    for (const attempt of [0, 1] as const) {
      const text = await source.blob(cluster, hash, attempt, tasks)
      const blob = text === null ? 'missing' : await open(text, cluster, hash)
      if (blob === 'missing') continue
      decoded.set(key, blob, (text?.length ?? 0) * decodedFactor)
      return blob
    }
    missedUntilMs.set(key, clock.now() + missMs, 1)
    return 'missing'
  }

  async function open(text: string, cluster: string, hash: BlobHash): Promise<Fetched> {
    try {
      await checkBlob(text, hash)
      return decodeBlob(text)
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      onRefused(cluster, error)
      return 'missing'
    }
  }

  async function fetchSlowly(cluster: string, hash: BlobHash, tasks: Tasks): Promise<Fetched> {
    try {
      const fetched = await reads.join(blobKey(cluster, hash), () => read(cluster, hash, tasks), tasks)
      if (fetched !== 'late') return fetched
      log.warn('blob read timed out', { hash })
    } catch (error) {
      log.warn('blob read failed', { hash, reason: String(error) })
    }
    return 'missing'
  }

  return {
    fetch(cluster, hash, tasks) {
      const key = blobKey(cluster, hash)
      const cached = decoded.get(key)
      if (cached) return cached
      return clock.now() < (missedUntilMs.get(key) ?? 0) ? 'missing' : fetchSlowly(cluster, hash, tasks)
    },
  }
}
