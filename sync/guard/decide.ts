import type { ObjectKind } from '../objects/skipped.ts'
import type { Loss } from './deletions.ts'

/**
 * A deletion of so many objects, and of so great a part of their kind, is not believed at once; nor is that nothing is
 * left of a kind of which something always is, however little there was.
 */
const leastLost = 20
const leastPart = 0.5

/** Two lists that are to agree are this far apart: what is wrong with an API for a moment is over by then. */
const betweenListsMs = 5_000

/** A deletion that is held back. Times are the agent's, ms. */
export type Hold = {
  readonly sinceMs: number
  /** When lists were asked for that are awaited; undefined while the second ones are not yet due. */
  readonly askedMs: number | undefined
  /** What was missing when the first lists were complete, and when that was. */
  readonly first:
    | { readonly atMs: number; readonly missing: ReadonlyMap<ObjectKind, ReadonlySet<string>> }
    | undefined
}

/** What is known at a moment. */
export type Sight = {
  readonly nowMs: number
  /** What is gone of each kind since the last root. */
  readonly losses: readonly Loss[]
  /** When the last complete list of a kind began. */
  readonly listedMs: (kind: ObjectKind) => number
  /** Is the whole cluster watched? Then something of every kind but Pods is always there. */
  readonly wholeCluster: boolean
  /** How long a deletion may be held back; 0: not at all. */
  readonly limitMs: number
}

/** What follows: publish, or hold back and, where kinds are named, list these anew. */
export type Verdict =
  | {
      readonly kind: 'publish'
      readonly because: 'nothing held' | 'objects are back' | 'lists agree' | 'time limit'
    }
  | {
      readonly kind: 'hold'
      readonly hold: Hold
      readonly relist: readonly ObjectKind[]
      readonly losses: readonly Loss[]
    }

/**
 * Deletions are believed when two complete lists, begun after the first doubt and some time apart, both lack what
 * is gone; when what is gone comes back there is nothing to believe. That nothing at all is left of Namespaces,
 * Services or EndpointSlices no list proves: every cluster has its own. Then only the time limit helps. Pure.
 */
export function decide(hold: Hold | undefined, sight: Sight): Verdict {
  const { nowMs, limitMs } = sight
  const losses = sight.losses.filter((loss) => isDoubtful(loss, sight.wholeCluster))
  const kinds = losses.map(({ kind }) => kind)
  if (losses.length === 0 || limitMs === 0)
    return { kind: 'publish', because: hold ? 'objects are back' : 'nothing held' }
  if (hold && nowMs - hold.sinceMs >= limitMs) return { kind: 'publish', because: 'time limit' }
  const wait = (next: Hold, relist: readonly ObjectKind[] = []): Verdict => ({
    ...{ kind: 'hold', hold: next, relist, losses },
  })
  if (!hold) return wait({ sinceMs: nowMs, askedMs: nowMs, first: undefined }, kinds)
  if (hold.first && !isStillMissing(hold.first.missing, losses))
    return wait({ ...hold, askedMs: nowMs, first: undefined }, kinds)
  if (hold.askedMs === undefined) {
    const isDue = hold.first === undefined || nowMs - hold.first.atMs >= betweenListsMs
    return isDue ? wait({ ...hold, askedMs: nowMs }, kinds) : wait(hold)
  }
  const { askedMs } = hold
  if (!kinds.every((kind) => sight.listedMs(kind) >= askedMs)) return wait(hold)
  if (hold.first && !losses.some((loss) => isImpossible(loss, sight.wholeCluster)))
    return { kind: 'publish', because: 'lists agree' }
  const missing = new Map(losses.map(({ kind, keys }) => [kind, new Set(keys)]))
  return wait({ ...hold, askedMs: undefined, first: { atMs: nowMs, missing } })
}

/** Too much was gone at some time, and most of that still is. */
function isDoubtful({ kind, of, lost, most, emptied }: Loss, wholeCluster: boolean): boolean {
  const isMassive = most >= leastLost && most >= of * leastPart
  return lost > 0 && lost * 2 >= most && (isMassive || (emptied && isAlwaysThere(kind, wholeCluster)))
}

function isStillMissing(
  missing: ReadonlyMap<ObjectKind, ReadonlySet<string>>,
  losses: readonly Loss[],
): boolean {
  return losses.every(({ kind, keys }) => {
    const then = missing.get(kind)
    return then !== undefined && [...then].every((key) => keys.has(key))
  })
}

function isImpossible({ kind, left }: Loss, wholeCluster: boolean): boolean {
  return left === 0 && isAlwaysThere(kind, wholeCluster)
}

/** Every cluster has Namespaces, Services and EndpointSlices of its own: `default`, `kubernetes`. */
function isAlwaysThere(kind: ObjectKind, wholeCluster: boolean): boolean {
  return kind !== 'Pod' && wholeCluster
}
