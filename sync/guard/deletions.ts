import type { ObjectCounts } from '../../snapshot/schema.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'

/** The objects of a kind that disappeared since the last publish. */
export type Loss = {
  readonly kind: ObjectKind
  /** The numbers of published objects, of lost ones, and of current ones. */
  readonly of: number
  readonly lost: number
  readonly left: number
  /** The largest number that was missing at one time, since an event may follow an empty list at once. */
  readonly most: number
  /** Whether all objects of the kind were known to be missing at some time. */
  readonly emptied: boolean
  /** The keys of the lost objects; empty if another process published them, since then only the count is known. */
  readonly keys: ReadonlySet<string>
}

/** Follows the objects of a store that DNS can use. */
export type Losses = {
  /** The loss of each kind. Until the first `begin`, it is computed from the counts of the published root. */
  since(published: ObjectCounts | undefined): readonly Loss[]
  /** The number of objects of each kind. */
  counts(): ObjectCounts
  /** The current objects are about to be published. */
  begin(): void
  /** The publish failed: losses are relative to the publish before it again. */
  undo(): void
  /** Another replica publishes: only the counts in its roots are known. */
  forget(): void
}

const objectKinds: readonly ObjectKind[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod']

/** The lost and the new objects, relative to a publish of `of` objects. */
type Base = {
  readonly of: number
  readonly lost: Set<string>
  readonly added: Set<string>
  most: number
  emptied: boolean
}
type Tally = { present: number; base: Base | undefined; before: Base | undefined }

/** Starts to follow a store. */
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

/** The previous base, with all changes since then. */
function joined({ before, base, present }: Tally): Base | undefined {
  if (!before || !base) return undefined
  for (const key of base.lost) note(before, key, false, present)
  for (const key of base.added) note(before, key, true, present)
  before.emptied ||= base.emptied
  return before
}

/**
 * For objects that another process published, the largest loss is unknown too: if half of a kind is gone, its list may
 * have been empty before events added the other half.
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
