import type { BlobHash } from '../../snapshot/schema.ts'
import type { Tasks } from '../ports.ts'
import { maxBlobsPerRead, type RegisterReads } from '../register/reads.ts'
import { immutableSeconds, type LocationCache } from './location-cache.ts'

/** Reads blobs from a register; the reads that one request begins at the same time become one question. */
export type BlobBatches = {
  /** `mayBeShared`: the cache of the location may have the text. Rejects if the register fails. */
  read(cluster: string, hash: BlobHash, mayBeShared: boolean, tasks: Tasks): Promise<string | null>
}

/** Larger batches skip the cache of the location: the free plan allows 50 subrequests, and each look into it is one. */
const maxCached = 4

/**
 * Batches of blobs, read from the location's cache or the register. Batches belong to one request: on workerd no request may
 * wait for the promise of another one.
 */
export function createBlobBatches(
  registerOf: (cluster: string) => Pick<RegisterReads, 'blobs'>,
  cache: () => LocationCache | undefined,
): BlobBatches {
  const batches = new WeakMap<Tasks, Map<string, { hashes: BlobHash[]; texts: Promise<(string | null)[]> }>>()

  async function readAll(
    cluster: string,
    hashes: readonly BlobHash[],
    mayBeShared: boolean,
    tasks: Tasks,
  ): Promise<(string | null)[]> {
    const shared = hashes.length > maxCached ? undefined : cache()
    const nameOf = (hash: BlobHash): string => `${cluster}/blob/${hash}`
    const cached = await Promise.all(
      hashes.map((hash) => (mayBeShared ? shared?.get(nameOf(hash)) : undefined)),
    )
    const absent = hashes.filter((_, index) => cached[index] === undefined)
    const found = new Map<BlobHash, string | null>()
    for (let at = 0; at < absent.length; at += maxBlobsPerRead) {
      const asked = absent.slice(at, at + maxBlobsPerRead)
      const texts = await registerOf(cluster).blobs(cluster, asked)
      for (const [index, hash] of asked.entries()) found.set(hash, texts[index] ?? null)
    }
    for (const [hash, text] of found)
      if (text !== null && shared) tasks.waitUntil(shared.put(nameOf(hash), text, immutableSeconds))
    return hashes.map((hash, index) => cached[index] ?? found.get(hash) ?? null)
  }

  return {
    async read(cluster, hash, mayBeShared, tasks) {
      const mine = batches.get(tasks) ?? new Map()
      batches.set(tasks, mine)
      const name = `${cluster} ${mayBeShared}`
      let batch = mine.get(name)
      if (!batch) {
        const hashes: BlobHash[] = []
        // The rest of the request's reads are added before this microtask runs.
        const texts = Promise.resolve().then(() => {
          mine.delete(name)
          return readAll(cluster, hashes, mayBeShared, tasks)
        })
        batch = { hashes, texts }
        mine.set(name, batch)
      }
      const at = batch.hashes.push(hash) - 1
      return (await batch.texts)[at] ?? null
    },
  }
}
