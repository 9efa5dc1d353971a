import { proxyFor } from '../../client/http/proxy-environment.ts'
import { createFollower, type Follower } from '../../host/follow/follower.ts'
import { doubledIntervalMs, jitteredWaitMs } from '../../sync/retry-wait.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import type { Log } from '../../worker/ports.ts'
import { UsageError } from '../options/option-table.ts'
import type { FollowWish } from '../options/serve/follow-options.ts'
import type { World } from '../options/verb.ts'
import { checkedUrl } from './edge-ports.ts'

/** The interval after the first failure, and the longest one (ms); a wait has at least half of the first. */
const retries = { firstMs: 1_000, longestMs: 10_000 }

/**
 * A follower of the edge that --follow names, through the proxy that the environment names for it; undefined without --follow. Throws
 * UsageError.
 */
export async function openFollower(
  wish: FollowWish | undefined,
  { clusters }: Pick<EdgeConfig, 'clusters'>,
  env: World['env'],
  log: Log,
): Promise<Follower | undefined> {
  if (!wish) return undefined
  const url = checkedUrl(wish.url, 'follow')
  if (clusters.length === 0)
    throw new UsageError('--follow needs a cluster in --config: its ID, keys and zones')
  const { edgeFetch } = await import('../../sync/publish/edge-fetch.ts')
  const fetch = edgeFetch(wish.ca, proxyFor(new URL(url), env))
  const retryMs = (failures: number): number => {
    const intervalMs = doubledIntervalMs(failures, retries.firstMs, retries.longestMs)
    return Math.round(jitteredWaitMs(intervalMs, retries.firstMs / 2, Math.random()))
  }
  return createFollower({ place: { url, key: wish.key, fetch }, clusters, log, nowMs: Date.now, retryMs })
}
