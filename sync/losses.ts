import type { ObjectCounts } from '../snapshot/schema.ts'
import type { ObjectKind } from './skipped.ts'
import type { Store } from './store.ts'

/** What has gone of a kind of objects since it was last published. */
export type Loss = {
  readonly kind: ObjectKind
  /** Objects that were published, those of them that are gone, and all that are there now. */
  readonly of: number
  readonly lost: number
  readonly left: number
  /** Which are gone, as far as that is known: of what another process published only the count is. */
  readonly keys: ReadonlySet<string>
}

/** Follows a store's objects, as far as DNS can use them. */
export type Losses = {
  /** What is gone of each kind; compared with the counts of the published root while nothing else is known. */
  since(published: ObjectCounts | undefined): readonly Loss[]
  /** How many objects there are. */
  counts(): ObjectCounts
  /** What is there now is about to be published. */
  begin(): void
  /** Whether that was published is not known. */
  forget(): void
}

export const objectKinds: readonly ObjectKind[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod']

type Tally = {
  present: number
  of: number | undefined
  readonly lost: Set<string>
  readonly added: Set<string>
}

/** Begins to follow a store. */
export function followLosses(store: Store): Losses {
  const tallies = new Map(objectKinds.map((kind) => [kind, startTally()]))
  store.follow(({ kind, key, before, after }) => {
    const tally = tallies.get(kind)
    if (!tally || (before === undefined) === (after === undefined)) return
    tally.present += after ? 1 : -1
    // Nothing to compare with: the sets would only grow.
    if (tally.of === undefined) return
    const [undone, done] = after ? [tally.lost, tally.added] : [tally.added, tally.lost]
    if (!undone.delete(key)) done.add(key)
  })
  const compareWith = (of: (tally: Tally) => number | undefined): void => {
    for (const tally of tallies.values()) {
      tally.of = of(tally)
      tally.lost.clear()
      tally.added.clear()
    }
  }
  return {
    since: (published) => Array.from(tallies, ([kind, tally]) => lossOf(kind, tally, published?.[kind])),
    counts: () =>
      Object.fromEntries(Array.from(tallies, ([kind, { present }]) => [kind, present])) as ObjectCounts,
    begin: () => compareWith(({ present }) => present),
    forget: () => compareWith(() => undefined),
  }
}

function startTally(): Tally {
  return { present: 0, of: undefined, lost: new Set(), added: new Set() }
}

function lossOf(kind: ObjectKind, { present, of, lost }: Tally, published: number | undefined): Loss {
  if (of !== undefined) return { kind, of, lost: lost.size, left: present, keys: lost }
  const before = published ?? present
  return { kind, of: before, lost: Math.max(0, before - present), left: present, keys: new Set() }
}
