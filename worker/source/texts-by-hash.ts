import type { BlobHash } from '../../snapshot/schema.ts'
import type { Tasks } from '../ports.ts'
import { maxBlobsPerRead } from '../register/reads.ts'
import { immutableSeconds, type LocationCache } from './location-cache.ts'

/** Larger batches skip the cache of the location: the free plan allows 50 subrequests, and each look into it is one. */
const maxCached = 4

/**
 * The texts of blobs or buckets in their order, null for those that are not there: from the cache of the location where it has
 * them, and otherwise from `ask`, which gets at most `maxBlobsPerRead` at once. Rejects if `ask` does. `mayBeShared`: the cache may have
 * the right text.
 */
export async function textsByHash<Wanted extends { readonly hash: BlobHash }>(
  {
    cache,
    cluster,
    wanted,
    mayBeShared,
    tasks,
  }: {
    readonly cache: LocationCache | undefined
    readonly cluster: string
    readonly wanted: readonly Wanted[]
    readonly mayBeShared: boolean
    readonly tasks: Tasks
  },
  ask: (wanted: readonly Wanted[]) => Promise<readonly (string | null)[]>,
): Promise<(string | null)[]> {
  const shared = wanted.length > maxCached ? undefined : cache
  const nameOf = (hash: BlobHash): string => `${cluster}/blob/${hash}`
  const cached = await Promise.all(
    wanted.map(({ hash }) => (mayBeShared ? shared?.get(nameOf(hash)) : undefined)),
  )
  const absent = wanted.filter((_, index) => cached[index] === undefined)
  const found = new Map<BlobHash, string | null>()
  for (let at = 0; at < absent.length; at += maxBlobsPerRead) {
    const asked = absent.slice(at, at + maxBlobsPerRead)
    const texts = await ask(asked)
    for (const [index, { hash }] of asked.entries()) found.set(hash, texts[index] ?? null)
  }
  for (const [hash, text] of found)
    if (text !== null && shared) tasks.waitUntil(shared.put(nameOf(hash), text, immutableSeconds))
  return wanted.map(({ hash }, index) => cached[index] ?? found.get(hash) ?? null)
}
