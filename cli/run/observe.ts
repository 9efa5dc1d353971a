import type { HealthAnswer } from '../../host/http/health-server.ts'
import type { ListenAddress } from '../../host/http/listen.ts'
import type { Observer } from '../../sync/assemble.ts'
import type { Notify } from '../../sync/events.ts'
import type { Resource } from '../../sync/kube/resources.ts'
import { type Check, createHealth, healthAnswer } from '../../sync/observe/health.ts'
import { createMetrics, type ProcessFacts } from '../../sync/observe/metrics.ts'
import { metricsMediaType } from '../../sync/observe/prometheus.ts'
import type { Log } from '../../worker/ports.ts'
import type { World } from '../options/verb.ts'
import { createListProgress } from '../terminal/list-progress.ts'
import { ownVersion } from './own-version.ts'
import { steadyNowMs } from './steady-clock.ts'

/**
 * Follows an agent's events: metrics and health where `healthListen` says, progress on the terminal. Throws
 * HostError LISTEN_*.
 */
export async function observe(
  resources: readonly Resource[],
  world: {
    readonly healthListen?: ListenAddress | undefined
    /** Checks of `/readyz` in addition to the agent's. */
    readonly checks?: readonly Check[] | undefined
    readonly show?: World['show']
    readonly hasLease: boolean
    readonly log: Log
  },
): Promise<Observer> {
  const { healthListen, checks = [], show, hasLease } = world
  const watchers: Notify[] = show ? [createListProgress(resources, show)] : []
  const notify: Notify = (event) => {
    for (const watcher of watchers) watcher(event)
  }
  if (!healthListen) return { notify, count: () => {}, close: async () => {} }
  const { startHealthServer } = await import('../../host/http/health-server.ts')
  const health = createHealth({ resources, hasLease, steadyMs: () => performance.now() })
  const metrics = createMetrics({
    ...{ resources, hasLease, process: processFacts, nowMs: steadyNowMs },
    version: await ownVersion(),
    nodeVersion: process.version,
  })
  watchers.push(health.notify, metrics.notify)
  const probes = { livez: health.livez, readyz: [...health.readyz, ...checks] }
  const plain = 'text/plain; charset=utf-8'
  const server = await startHealthServer(healthListen, (path, verbose): HealthAnswer | undefined => {
    if (path === '/metrics') return { status: 200, type: metricsMediaType, text: metrics.text() }
    if (path !== '/livez' && path !== '/readyz') return undefined
    const endpoint = path === '/livez' ? 'livez' : 'readyz'
    return { type: plain, ...healthAnswer(endpoint, probes[endpoint], verbose) }
  })
  world.log.info('observed', { url: server.url })
  return { notify, count: metrics.skipEvent, close: server.close }
}

function processFacts(): ProcessFacts {
  const { user, system } = process.cpuUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startSeconds: performance.timeOrigin / 1000,
  }
}
