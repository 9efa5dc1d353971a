import { checkBlob } from '../../snapshot/blob.ts'
import { decodeBlob } from '../../snapshot/decode.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { blobKey } from '../../snapshot/keys.ts'
import type { Blob, BlobHash } from '../../snapshot/schema.ts'
import type { Clock } from '../clock.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import { createMemory } from './lru.ts'
import { createFlights } from './singleflight.ts'

/** A blob, or why it cannot be had now: the store lacks it (or its bytes are wrong), or did not answer in time. */
export type Fetched = Blob | 'missing'

/** Decoded blobs of all clusters, in memory while there is room. */
export type Shelves = {
  /** At once where it is in memory. Rejects never. */
  fetch(cluster: string, hash: BlobHash, tasks: Tasks): Fetched | Promise<Fetched>
}

/** How long a location may keep its copy of a blob, in seconds: it never changes. */
const blobCacheTtl = 86_400

/** The shortest that Cloudflare KV takes: asks the store itself, behind a cached "absent" older than that. */
export const shortestCacheTtl = 30

/** For so long a blob that the store lacks is not asked for again, in ms; and so many are remembered. */
const missMs = 500
const maxMisses = 1_024

/** Decoded objects take about this many times the bytes of their JSON. */
const decodedFactor = 4

/**
 * Reads blobs from the store, each checked against its hash and decoded before it is believed. A blob that is
 * absent, or wrong, is asked for once more past the location's cache; KV keeps "absent" like any other value.
 */
export function createShelves(options: {
  readonly kv: KvReader
  readonly clock: Clock
  readonly memoryBytes: number
  readonly deadlineMs: number
  readonly log: Log
  /** Told of a blob whose bytes or shape are wrong. */
  readonly onRefused: (cluster: string, error: SnapshotError) => void
}): Shelves {
  const { kv, clock, log, onRefused } = options
  const memory = createMemory<Blob>(options.memoryBytes)
  const missedUntilMs = createMemory<number>(maxMisses)
  const flights = createFlights<Fetched>(options.deadlineMs, clock)

  async function read(cluster: string, hash: BlobHash): Promise<Fetched> {
    const key = blobKey(cluster, hash)
    for (const cacheTtl of [blobCacheTtl, shortestCacheTtl]) {
      const text = await kv.get(key, { cacheTtl })
      const blob = text === null ? 'missing' : await open(text, cluster, hash)
      if (blob === 'missing') continue
      memory.set(key, blob, (text?.length ?? 0) * decodedFactor)
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
      const fetched = await flights.join(blobKey(cluster, hash), () => read(cluster, hash), tasks)
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
      const held = memory.get(key)
      if (held) return held
      return clock.now() < (missedUntilMs.get(key) ?? 0) ? 'missing' : fetchSlowly(cluster, hash, tasks)
    },
  }
}
