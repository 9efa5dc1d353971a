import type { ObjectKind } from '../objects/skipped.ts'
import type { Loss } from './deletions.ts'

/**
 * A deletion of at least this many objects and this part of their kind needs confirmation, and so does the deletion of
 * all objects of a kind that every cluster has.
 */
const leastLost = 20
const leastPart = 0.5

/** The time between the two lists that confirm a deletion (ms): a short fault of the API is over by then. */
const betweenListsMs = 5_000

/** A deletion that waits for confirmation. Times are by the agent's clock (Unix ms). */
export type PendingDeletion = {
  readonly sinceMs: number
  /** When the first of the lists that are awaited was requested; undefined until the second ones are due. */
  readonly requestedMs: number | undefined
  /** The kinds whose lists were requested since then. */
  readonly requested: ReadonlySet<ObjectKind>
  /** The objects that the first lists did not have, and when those lists were complete. */
  readonly first:
    | { readonly atMs: number; readonly missing: ReadonlyMap<ObjectKind, ReadonlySet<string>> }
    | undefined
}

/** The known facts at a moment. Times are by the agent's clock (Unix ms). */
export type Observation = {
  readonly nowMs: number
  /** The objects of each kind that disappeared since the last root. */
  readonly losses: readonly Loss[]
  /** When the last complete list of a kind began. */
  readonly listedMs: (kind: ObjectKind) => number
  /** Whether the whole cluster is watched, which always has objects of every kind but Pods. */
  readonly wholeCluster: boolean
  /** The longest time that a deletion is held back (ms); 0: never. */
  readonly limitMs: number
}

/** The decision: publish, or hold the deletion back and list the kinds in `relist` again. */
export type Verdict =
  | {
      readonly kind: 'publish'
      readonly because: 'nothing held' | 'objects are back' | 'lists agree' | 'time limit'
    }
  | {
      readonly kind: 'hold'
      readonly pending: PendingDeletion
      readonly relist: readonly ObjectKind[]
      readonly losses: readonly Loss[]
    }

/**
 * A deletion is confirmed by two complete lists that lack the same objects; both begin after the deletion was noticed,
 * some seconds apart. It ends without confirmation when most objects are back. If nothing at all is left of
 * Namespaces, Services or EndpointSlices, which every cluster has, lists do not confirm it: it is published after
 * the time limit. Pure.
 */
export function decide(pending: PendingDeletion | undefined, observed: Observation): Verdict {
  const { nowMs, limitMs } = observed
  const losses = observed.losses.filter((loss) => needsConfirmation(loss, observed.wholeCluster))
  const kinds = losses.map(({ kind }) => kind)
  if (losses.length === 0 || limitMs === 0)
    return { kind: 'publish', because: pending ? 'objects are back' : 'nothing held' }
  if (pending && nowMs - pending.sinceMs >= limitMs) return { kind: 'publish', because: 'time limit' }
  const hold = (next: PendingDeletion, relist: readonly ObjectKind[] = []): Verdict => ({
    ...{ kind: 'hold', pending: next, relist, losses },
  })
  const asked = { requestedMs: nowMs, requested: new Set(kinds) }
  if (!pending) return hold({ sinceMs: nowMs, ...asked, first: undefined }, kinds)
  if (pending.first && !isStillMissing(pending.first.missing, losses))
    return hold({ ...pending, ...asked, first: undefined }, kinds)
  const { requestedMs, requested } = pending
  if (requestedMs === undefined) {
    const isDue = pending.first === undefined || nowMs - pending.first.atMs >= betweenListsMs
    return isDue ? hold({ ...pending, ...asked }, kinds) : hold(pending)
  }
  const unlisted = kinds.filter((kind) => observed.listedMs(kind) < requestedMs)
  if (unlisted.length > 0) {
    // The objects of another kind may disappear after the first request, by a list that began before it.
    const further = unlisted.filter((kind) => !requested.has(kind))
    return hold({ ...pending, requested: new Set([...requested, ...further]) }, further)
  }
  if (pending.first && !losses.some((loss) => isImpossible(loss, observed.wholeCluster)))
    return { kind: 'publish', because: 'lists agree' }
  const missing = new Map(losses.map(({ kind, keys }) => [kind, new Set(keys)]))
  return hold({ ...pending, requestedMs: undefined, first: { atMs: nowMs, missing } })
}

/** Whether too many objects were gone at some time, and at least half of these still are. */
function needsConfirmation({ kind, of, lost, most, emptied }: Loss, wholeCluster: boolean): boolean {
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

/** Every cluster has Namespaces, Services and EndpointSlices: `default`, `kubernetes`. */
function isAlwaysThere(kind: ObjectKind, wholeCluster: boolean): boolean {
  return kind !== 'Pod' && wholeCluster
}
