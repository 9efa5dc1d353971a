import type { ObjectCounts, Root } from '../../snapshot/schema.ts'
import type { NotifyPublish } from '../events.ts'
import type { Log } from '../log.ts'
import type { Source } from '../objects/source.ts'
import type { AgentOptions } from '../options.ts'
import { decide, type PendingDeletion } from './decide.ts'
import { followLosses, type Loss } from './deletions.ts'

/** Holds back mass deletions in a store before they are published. */
export type Guard = {
  /** Whether the store's content may be published after the published root. If not, requests lists to confirm it. */
  passes(published: Root | undefined, nowMs: number): boolean
  /** The store's content is about to be published. Returns its number of objects. */
  begin(): ObjectCounts
  /** The publish failed: whether the edge has the content is unknown. */
  undo(): void
  /** Another replica publishes. */
  forget(): void
}

/** While a deletion is held back, it is logged this often (ms). */
const logIntervalMs = 60_000

/** The number of missing objects that a log line names. */
const exampleCount = 5

/** Makes a guard of a live source. */
export function createGuard(
  options: Pick<AgentOptions, 'holdDeletionsMs' | 'namespaced'>,
  ports: { readonly source: Source; readonly log: Log; readonly notify?: NotifyPublish | undefined },
): Guard {
  const { source, log, notify } = ports
  const losses = followLosses(source.store)
  let pending: PendingDeletion | undefined
  let loggedMs = Number.NEGATIVE_INFINITY
  return {
    passes: (published, nowMs) => {
      const verdict = decide(pending, {
        ...{ nowMs, losses: losses.since(published?.objects), limitMs: options.holdDeletionsMs },
        ...{ listedMs: source.listedMs, wholeCluster: !options.namespaced },
      })
      if (verdict.kind === 'publish') {
        if (pending) log.warn('deletions no longer held back', { because: verdict.because })
        if (pending) notify?.({ kind: 'deletions-held', losses: [] })
        pending = undefined
        loggedMs = Number.NEGATIVE_INFINITY
        return true
      }
      pending = verdict.pending
      notify?.({ kind: 'deletions-held', losses: verdict.losses })
      if (nowMs - loggedMs >= logIntervalMs) {
        const leftMs = pending.sinceMs + options.holdDeletionsMs - nowMs
        for (const loss of verdict.losses) log.warn('deletions held back', { ...shown(loss), leftMs })
        loggedMs = nowMs
      }
      for (const kind of verdict.relist) source.relist(kind)
      return false
    },
    begin: () => {
      losses.begin()
      return losses.counts()
    },
    undo: losses.undo,
    forget: losses.forget,
  }
}

function shown({ kind, of, lost, keys }: Loss): Record<string, unknown> {
  return { kind, lost, of, ...(keys.size > 0 && { such: [...keys].slice(0, exampleCount) }) }
}
