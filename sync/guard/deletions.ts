import type { ObjectCounts } from '../../snapshot/schema.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'

/** What has gone of a kind of objects since it was last published. */
export type Loss = {
  readonly kind: ObjectKind
  /** Objects that were published, those of them that are gone, and all that are there now. */
  readonly of: number
  readonly lost: number
  readonly left: number
  /** How many were gone at the worst: a list without any may be followed by an event at once. */
  readonly most: number
  /** May nothing have been left at some time? */
  readonly emptied: boolean
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
  /** Whether that was published is not known: what was published before counts again. */
  undo(): void
  /** Another publishes: nothing is known but its counts. */
  forget(): void
}

const objectKinds: readonly ObjectKind[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod']

/** Compared with `of` objects, which ones are gone and which are new. */
type Base = {
  readonly of: number
  readonly lost: Set<string>
  readonly added: Set<string>
  most: number
  emptied: boolean
}
type Tally = { present: number; base: Base | undefined; before: Base | undefined }

/** Begins to follow a store. */
export function followLosses(store: Store): Losses {
  const tallies = new Map<ObjectKind, Tally>(
    objectKinds.map((kind) => [kind, { present: 0, base: undefined, before: undefined }]),
  )
  store.follow(({ kind, key, before, after }) => {
    const tally = tallies.get(kind)
    if (!tally || (before === undefined) === (after === undefined)) return
    tally.present += after ? 1 : -1
    if (tally.base) note(tally.base, key, after !== undefined, tally.present)
  })
  const each = (change: (tally: Tally) => void): void => {
    for (const tally of tallies.values()) change(tally)
  }
  return {
    since: (published) => Array.from(tallies, ([kind, tally]) => lossOf(kind, tally, published?.[kind])),
    counts: () =>
      Object.fromEntries(Array.from(tallies, ([kind, { present }]) => [kind, present])) as ObjectCounts,
    begin: () =>
      each((tally) => {
        tally.before = tally.base
        tally.base = { of: tally.present, lost: new Set(), added: new Set(), most: 0, emptied: false }
      }),
    undo: () =>
      each((tally) => {
        tally.base = joined(tally)
        tally.before = undefined
      }),
    forget: () =>
      each((tally) => {
        tally.base = undefined
        tally.before = undefined
      }),
  }
}

function note(base: Base, key: string, isThere: boolean, present: number): void {
  const [undone, done] = isThere ? [base.lost, base.added] : [base.added, base.lost]
  if (!undone.delete(key)) done.add(key)
  base.most = Math.max(base.most, base.lost.size)
  base.emptied ||= present === 0
}

/** The base before, with all that has happened since. */
function joined({ before, base, present }: Tally): Base | undefined {
  if (!before || !base) return undefined
  for (const key of base.lost) note(before, key, false, present)
  for (const key of base.added) note(before, key, true, present)
  before.emptied ||= base.emptied
  return before
}

/**
 * Of what another process published the worst is not known either: that half of a kind is gone may be what events
 * left of a list without any.
 */
function lossOf(kind: ObjectKind, { present, base }: Tally, published: number | undefined): Loss {
  if (base) {
    const { of, lost, most, emptied } = base
    return { kind, of, lost: lost.size, left: present, most, emptied, keys: lost }
  }
  const of = published ?? present
  const lost = Math.max(0, of - present)
  const emptied = present === 0 || lost * 2 >= of
  return { kind, of, lost, left: present, most: lost, emptied, keys: new Set() }
}
