import type { Check } from '../../observe/health-checks.ts'
import { createNumbers } from '../../observe/prometheus.ts'
import type { Log } from '../../worker/ports.ts'
import type { Look } from './copy-root.ts'
import { followRows } from './follow-rows.ts'

/** A look that failed. `isRefused`: the source gave a root that must not be used. */
export type Failure = { readonly code: string; readonly reason: string; readonly isRefused: boolean }

/** Logs, counts and checks the looks at the source, by cluster. */
export type FollowReport = {
  looked(cluster: string, look: Look, nowMs: number): void
  failed(cluster: string, failure: Failure, nextInMs: number): void
  /** Metrics in Prometheus' text format. */
  text(): string
  /** They never fail, since this edge answers without its source, but they warn. */
  readonly readyz: readonly Check[]
}

/** A report in which nothing has happened yet. `source` is the URL for the log. */
export function createFollowReport(clusters: readonly string[], source: string, log: Log): FollowReport {
  const looks = createNumbers(followRows.looks)
  const blobs = createNumbers(followRows.blobs)
  const success = createNumbers(followRows.success)
  for (const cluster of clusters) {
    for (const result of ['unchanged', 'copied', 'older', 'none', 'failed', 'refused'])
      looks.add([cluster, result], 0)
    blobs.add([cluster], 0)
  }
  // One line for each change of the state, not for each look.
  const states = new Map<string, string>()
  function enter(cluster: string, state: string, write: () => void): void {
    if (states.get(cluster) === state) return
    states.set(cluster, state)
    write()
  }

  return {
    looked(cluster, { result, held, blobs: copied }, nowMs) {
      looks.add([cluster, result])
      blobs.add([cluster], copied)
      success.set([cluster], nowMs / 1000)
      if (result === 'none')
        enter(cluster, 'SOURCE_EMPTY', () => log.warn('source has no snapshot', { cluster, source }))
      else
        enter(cluster, 'ok', () => log.info('following', { cluster, source, generation: held?.generation }))
    },
    failed(cluster, { code, reason, isRefused }, nextInMs) {
      looks.add([cluster, isRefused ? 'refused' : 'failed'])
      enter(cluster, code, () => log.warn('not following', { cluster, source, code, reason, nextInMs }))
    },
    text: () => [looks, blobs, success].map((numbers) => numbers.text()).join(''),
    readyz: clusters.map((cluster) => ({
      name: `source-${cluster}`,
      problem: () => undefined,
      warning: () => {
        const state = states.get(cluster)
        if (state === 'ok') return undefined
        return state === undefined
          ? 'the source has not answered yet'
          : `the snapshot is not followed now (${state}); see the log`
      },
    })),
  }
}
