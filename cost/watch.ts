import { createClock } from '../sync/clock.ts'
import type { Kube } from '../sync/kube/client.ts'
import { watchCluster } from '../sync/kube/watch-cluster.ts'
import type { AgentOptions } from '../sync/options.ts'
import type { Log } from '../worker/ports.ts'
import { type Rehearsed, rehearse } from './simulate.ts'

/** A cluster that could not be listed in the time that it was to be watched. */
class NothingListedError extends Error {
  readonly code = 'NOTHING_LISTED'
}

/**
 * Watches a cluster for `durationMs` after everything was listed, or until the signal aborts, and rehearses an
 * agent for each interval. Throws NothingListedError when either comes before everything was listed.
 */
export async function watchForCost(
  kube: Kube,
  options: AgentOptions,
  intervalsMs: readonly number[],
  world: { readonly log: Log; readonly signal: AbortSignal; readonly durationMs: number },
): Promise<Rehearsed> {
  const { log, signal, durationMs } = world
  const done = new AbortController()
  const clock = createClock(Date.now)
  const ports = { kube, clock, log, random: Math.random, signal: done.signal }
  const watched = watchCluster(options, ports)
  try {
    const isListed = watched.synced.then(() => true)
    if (!(await Promise.race([isListed, clock.sleep(durationMs, AbortSignal.any([signal, done.signal]))])))
      throw new NothingListedError(`${kube.server}: nothing to count, the watch ended before a first list`)
    log.info('watching', { server: kube.server, minutes: durationMs / 60_000 })
    return await rehearse(watched, options, intervalsMs, { clock, durationMs, signal })
  } finally {
    done.abort()
    await watched.done
    await kube.close()
  }
}
