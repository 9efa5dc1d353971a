import type { BlobHash } from '../../snapshot/schema.ts'
import { garbage, lifeMs, retryDeletionMs } from '../../worker/register/garbage.ts'
import type { BlobEntry, BlobState } from '../../worker/register/ledger.ts'
import { hashIn, type Stored } from './records.ts'
import type { Leaving, RootRecord } from './root-record.ts'

/**
 * The state of a blob as its own key has it, and the sequence of that write. Used blobs have none that counts: the root in force names
 * them.
 */
export type StoredState = BlobEntry & { readonly sequence: number }

/** A state as text. */
export function encodeState(state: Extract<BlobState, 'pending' | 'written'>, sinceMs: number): string {
  return `${state} ${sinceMs}`
}

/** The values of the keys of states → the states by hash. Other values are left out. */
export function decodeStates(values: readonly Stored[]): Map<BlobHash, StoredState> {
  return new Map(
    values.flatMap(({ subject, sequence, text }) => {
      const [state, since] = text.split(' ')
      if (state !== 'pending' && state !== 'written') return []
      return [[hashIn(subject), { state, sinceMs: Number(since), sequence }] as const]
    }),
  )
}

/**
 * The entries of blobs that the root in force does not name. A blob that was written again after its deletion began does not leave: the
 * deletion removes older writes only.
 */
export function entriesOf(
  states: ReadonlyMap<BlobHash, StoredState>,
  { leaving, floorMs }: Pick<RootRecord, 'leaving' | 'floorMs'>,
): Map<BlobHash, BlobEntry> {
  const entries = new Map<BlobHash, BlobEntry>()
  for (const [hash, { state, sinceMs }] of states)
    entries.set(hash, { state, sinceMs: Math.max(sinceMs, floorMs) })
  for (const [hash, { sinceMs }] of stillLeaving(states, leaving))
    entries.set(hash, { state: 'leaving', sinceMs })
  return entries
}

/** The blobs whose deletion began and that were not written again since. */
export function stillLeaving(
  states: ReadonlyMap<BlobHash, StoredState>,
  leaving: ReadonlyMap<BlobHash, Leaving>,
): Map<BlobHash, Leaving> {
  return new Map([...leaving].filter(([hash, { upTo }]) => (states.get(hash)?.sequence ?? 0) <= upTo))
}

/** What to delete now, and until when nothing else is due (Unix ms). */
export type GarbagePlan = { readonly chosen: readonly BlobHash[]; readonly quietUntilMs: number }

/**
 * Chooses by the rules of garbage.ts from these entries. `isAll` says that all others became unused later. The blobs in `names` are in
 * use.
 */
export function planGarbage(
  entries: ReadonlyMap<BlobHash, BlobEntry>,
  names: ReadonlySet<BlobHash>,
  { nowMs, most, keepMs, isAll }: { nowMs: number; most: number; keepMs: number; isAll: boolean },
): GarbagePlan {
  const unused = new Map([...entries].filter(([hash]) => !names.has(hash)))
  const chosen = garbage(unused, nowMs, most, keepMs)
  if (chosen.length > 0 || !isAll) return { chosen, quietUntilMs: nowMs }
  const dueMs = [...unused.values()].map(({ state, sinceMs }) => sinceMs + lifeMs(state, keepMs))
  return { chosen, quietUntilMs: Math.min(...dueMs, nowMs + Math.min(keepMs, retryDeletionMs)) }
}
