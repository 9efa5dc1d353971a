import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { bucketsIn } from '../../snapshot/root-value.ts'
import type { KvReader } from '../ports.ts'
import type { Pace, Source } from './source.ts'

/** How long a Cloudflare location may cache a blob (s). A blob never changes. */
const blobCacheTtl = 86_400

/** The shortest cacheTtl that Cloudflare KV accepts (s): a cached "absent" older than this is read again. */
const shortestCacheTtl = 30

/** A root that is read from KV is as old as KV's copies, so reading it more often is of no use. */
export const kvPace: Pace = { refreshMs: 30_000, idleMs: 60_000, waitMs: 300 }

/** Roots and blobs from the key-value store alone. KV caches "absent" like any value, so the second attempt has the shortest TTL. */
export function createKvSource(kv: KvReader): Source {
  return {
    root: (cluster) => kv.get(rootKey(cluster), { cacheTtl: shortestCacheTtl }),
    blob: (cluster, hash, attempt) =>
      kv.get(blobKey(cluster, hash), { cacheTtl: attempt === 0 ? blobCacheTtl : shortestCacheTtl }),
    // The value here is whole. It may be that of another root, in which most buckets are the same.
    bucket: async (cluster, { index }) => {
      const value = await kv.get(rootKey(cluster), { cacheTtl: shortestCacheTtl })
      return (value && bucketsIn(value)[index]) || null
    },
    pace: () => kvPace,
    confirmedAtMs: () => Number.POSITIVE_INFINITY,
  }
}
