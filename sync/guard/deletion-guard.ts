import type { ObjectCounts, Root } from '../../snapshot/schema.ts'
import type { Notify } from '../events.ts'
import type { Log } from '../log.ts'
import type { Source } from '../objects/source.ts'
import type { AgentOptions } from '../options.ts'
import { decide, type Hold } from './decide.ts'
import { followLosses, type Loss } from './deletions.ts'

/** Stands between a store and what is published of it. */
export type Guard = {
  /** May what is in the store follow the published root now? While not, it asks for the lists that would tell. */
  passes(published: Root | undefined, nowMs: number): boolean
  /** What is in the store now is about to be published: how many objects that are. */
  begin(): ObjectCounts
  /** Whether that was published is not known. */
  undo(): void
  /** Another publishes. */
  forget(): void
}

/** While a deletion is held back, the log says so this often. */
const tellEveryMs = 60_000

/** Names of missing objects in one line of the log. */
const exampleCount = 5

/** A guard of a live source. */
export function createGuard(
  options: Pick<AgentOptions, 'holdDeletionsMs' | 'namespaced'>,
  ports: { readonly source: Source; readonly log: Log; readonly notify?: Notify | undefined },
): Guard {
  const { source, log, notify } = ports
  const losses = followLosses(source.store)
  let hold: Hold | undefined
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    passes: (published, nowMs) => {
      const verdict = decide(hold, {
        ...{ nowMs, losses: losses.since(published?.objects), limitMs: options.holdDeletionsMs },
        ...{ listedMs: source.listedMs, wholeCluster: !options.namespaced },
      })
      if (verdict.kind === 'publish') {
        if (hold) log.warn('deletions are held back no more', { because: verdict.because })
        if (hold) notify?.({ kind: 'held', losses: [] })
        hold = undefined
        toldMs = Number.NEGATIVE_INFINITY
        return true
      }
      hold = verdict.hold
      notify?.({ kind: 'held', losses: verdict.losses })
      if (nowMs - toldMs >= tellEveryMs) {
        const leftMs = hold.sinceMs + options.holdDeletionsMs - nowMs
        for (const loss of verdict.losses) log.warn('deletions held back', { ...shown(loss), leftMs })
        toldMs = nowMs
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
