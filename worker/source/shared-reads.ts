import type { Clock } from '../clock.ts'
import type { Tasks } from '../ports.ts'
import type { Head, HeadRead, RootRead } from '../register/reads.ts'
import { doesShare, immutableSeconds, type LocationCache } from './location-cache.ts'

/** A head as the isolates of one location share it; `atMs` is when the register was asked for it (Unix ms). */
export type SharedHead = { readonly head: Head; readonly atMs: number }

/** Heads and roots in the cache of the location. Its entries are hints: a wrong one costs time only. */
export type SharedReads = {
  /** The cache, unless it is known to share nothing. */
  cache(): LocationCache | undefined
  /** Whether the cache shares; undefined until something was kept. */
  isShared(): boolean | undefined
  /** The last head, if it is younger than its `againMs`. */
  head(cluster: string): Promise<SharedHead | undefined>
  root(cluster: string, hash: string): Promise<RootRead | undefined>
  /** Keeps a head for its `againMs`, and a root for a day, after the answer. */
  keep(cluster: string, read: HeadRead, atMs: number, tasks: Tasks): void
}

/** The least time between two looks at the root (ms): where the location's cache shares them, and where it does not. */
export const lookEveryMs = { shared: 1_000, alone: 2_000 }

/** The longest time until the next look that a register may ask for (ms). */
const longestAgainMs = 60_000

/** The time until the next look that a register asks for (ms), within the limits of readers. */
export function againOf({ againMs }: Head): number {
  return Number.isFinite(againMs)
    ? Math.min(longestAgainMs, Math.max(lookEveryMs.shared, againMs))
    : lookEveryMs.shared
}

/** The clocks of two isolates may differ by this much (ms). */
const clockSkewMs = 1_000

/** Reads through a location's cache. Whether it shares is tried out once. */
export function createSharedReads(cache: LocationCache, clock: Clock): SharedReads {
  let isShared: boolean | undefined
  const open = (): LocationCache | undefined => (isShared === false ? undefined : cache)

  async function put(name: string, value: unknown, seconds: number): Promise<void> {
    isShared ??= await doesShare(cache, 'probe')
    if (isShared) await cache.put(name, JSON.stringify(value), seconds)
  }

  return {
    cache: open,
    isShared: () => isShared,
    async head(cluster) {
      const shared = parse(await open()?.get(`${cluster}/head`)) as SharedHead | null | undefined
      if (typeof shared?.head?.hash !== 'string') return undefined
      const ageMs = clock.now() - shared.atMs
      return ageMs > -clockSkewMs && ageMs < againOf(shared.head) ? shared : undefined
    },
    async root(cluster, hash) {
      const shared = parse(await open()?.get(`${cluster}/root/${hash}`)) as RootRead | null | undefined
      const isRoot =
        typeof shared?.value === 'string' && (shared.young === 'all' || Array.isArray(shared.young))
      return isRoot && typeof shared.texts === 'object' && shared.texts !== null ? shared : undefined
    },
    keep(cluster, { head, root }, atMs, tasks) {
      if (!open()) return
      tasks.waitUntil(put(`${cluster}/head`, { head, atMs }, Math.ceil(head.againMs / 1_000)))
      if (root) tasks.waitUntil(put(`${cluster}/root/${head.hash}`, root, immutableSeconds))
    },
  }
}

/** An entry of the cache; undefined if it is none or no JSON. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
