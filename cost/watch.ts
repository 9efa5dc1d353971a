import { createClock } from '../sync/clock.ts'
import type { Kube } from '../sync/kube/http/client.ts'
import { watchCluster } from '../sync/kube/watch-cluster.ts'
import type { Log } from '../sync/log.ts'
import type { AgentOptions } from '../sync/options.ts'
import { simulate, type Watched } from './simulate.ts'

/** The cluster was not listed completely before the watch ended. */
class NothingListedError extends Error {
  readonly code = 'NOTHING_LISTED'
}

/**
 * Watches a cluster for `durationMs` after everything was listed, or until the signal aborts, and simulates an agent for
 * each interval (ms). Throws NothingListedError when listing takes longer than `durationMs` or the signal aborts it.
 */
export async function watchForCost(
  kube: Kube,
  options: AgentOptions,
  intervalsMs: readonly number[],
  world: { readonly log: Log; readonly signal: AbortSignal; readonly durationMs: number },
): Promise<Watched> {
  const { log, signal, durationMs } = world
  const done = new AbortController()
  const clock = createClock(Date.now)
  const ports = { kube, clock, log, random: Math.random, signal: done.signal }
  const watched = watchCluster(options, ports)
  try {
    const isListed = watched.synced.then(() => true)
    if (!(await Promise.race([isListed, clock.sleep(durationMs, AbortSignal.any([signal, done.signal]))])))
      throw new NothingListedError(
        `${kube.server}: nothing to report, the watch ended before the cluster was listed`,
      )
    log.info('watching', { server: kube.server, minutes: durationMs / 60_000 })
    return await simulate(watched, options, intervalsMs, { clock, durationMs, signal })
  } finally {
    done.abort()
    await watched.done
    await kube.close()
  }
}
