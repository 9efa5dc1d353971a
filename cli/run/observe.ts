import type { Observer } from '../../sync/assemble.ts'
import type { Resource } from '../../sync/kube/resources.ts'
import { createHealth } from '../../sync/observe/health.ts'
import { createMetrics } from '../../sync/observe/metrics.ts'
import type { World } from '../options/verb.ts'
import { createListProgress } from '../terminal/list-progress.ts'
import type { ObservedPart } from './health-endpoint.ts'
import { steadyNowMs } from './steady-clock.ts'

/** The observation of an agent. */
export type Observation = Pick<Observer, 'notify' | 'count'> & { readonly part: ObservedPart }

/** Follows an agent's events: metrics and checks for an endpoint, and progress on the terminal, if there is one. */
export function observe(
  resources: readonly Resource[],
  {
    show,
    hasLease,
    edges,
  }: { readonly show?: World['show']; readonly hasLease: boolean; readonly edges: readonly string[] },
): Observation {
  const health = createHealth({ resources, hasLease, edges, steadyMs: () => performance.now() })
  const metrics = createMetrics({ resources, hasLease, edges, nowMs: steadyNowMs })
  const progress = show && createListProgress(resources, show)
  return {
    notify(event) {
      progress?.(event)
      health.notify(event)
      metrics.notify(event)
    },
    count: metrics.skipEvent,
    part: { livez: health.livez, readyz: health.readyz, text: metrics.text },
  }
}
