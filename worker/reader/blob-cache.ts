import { checkBlob } from '../../snapshot/blob.ts'
import { decodeBlob } from '../../snapshot/decode.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { blobKey } from '../../snapshot/keys.ts'
import type { Blob, BlobHash } from '../../snapshot/schema.ts'
import type { Clock } from '../clock.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import { createLru } from './lru.ts'
import { createSingleflight } from './singleflight.ts'

/** A blob, or 'missing': the store does not have it, its bytes are wrong, or the store failed or was too slow. */
export type Fetched = Blob | 'missing'

/** Decoded blobs of all clusters, cached in memory. */
export type BlobCache = {
  /** The blob, without a promise if it is in memory. Never rejects. */
  fetch(cluster: string, hash: BlobHash, tasks: Tasks): Fetched | Promise<Fetched>
}

/** How long a Cloudflare location may cache a blob (s). A blob never changes. */
const blobCacheTtl = 86_400

/** The shortest cacheTtl that Cloudflare KV accepts (s): a cached "absent" older than this is read again. */
export const shortestCacheTtl = 30

/** A blob that the store does not have is not read again for this long (ms). */
const missMs = 500

/** The number of missing blobs remembered. */
const maxMisses = 1_024

/** The approximate memory of a decoded blob, as a multiple of the length of its JSON. */
const decodedFactor = 4

/**
 * Reads blobs from the store, and checks each one against its hash and decodes it before use. A blob that is absent
 * or wrong is read once more with the shortest cacheTtl, because KV caches "absent" like any other value.
 * `memoryBytes` bounds the cache, `deadlineMs` is the deadline of one blob's read.
 */
export function createBlobCache(options: {
  readonly kv: KvReader
  readonly clock: Clock
  readonly memoryBytes: number
  readonly deadlineMs: number
  readonly log: Log
  /** Called for a blob whose bytes or shape are wrong. */
  readonly onRefused: (cluster: string, error: SnapshotError) => void
}): BlobCache {
  const { kv, clock, log, onRefused } = options
  const decoded = createLru<Blob>(options.memoryBytes)
  const missedUntilMs = createLru<number>(maxMisses)
  const reads = createSingleflight<Fetched>(options.deadlineMs, clock)

  async function read(cluster: string, hash: BlobHash): Promise<Fetched> {
    const key = blobKey(cluster, hash)
    for (const cacheTtl of [blobCacheTtl, shortestCacheTtl]) {
      const text = await kv.get(key, { cacheTtl })
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
      const fetched = await reads.join(blobKey(cluster, hash), () => read(cluster, hash), tasks)
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
