import type { BlobHash } from '../../snapshot/schema.ts'
import type { LedgerRoot } from '../../worker/register/ledger.ts'

/** A blob that is being deleted: since when (Unix ms), and the sequence up to which its writes are removed. */
export type Leaving = { readonly sinceMs: number; readonly upTo: number }

/** The value of a root's key: what readers read, and all that a root is accepted against. */
export type RootRecord = {
  readonly root: Omit<LedgerRoot, 'stored'> | undefined
  /** A root that names one of them is refused: so a deletion and a root can never both succeed. */
  readonly leaving: ReadonlyMap<BlobHash, Leaving>
  /**
   * No blob counts as unused since before this time (Unix ms): a root was replaced that this release could not read, so its blobs have
   * been in use until then.
   */
  readonly floorMs: number
}

/** A record as it is stored; `sequence` is the one of its write, and 0 for none. */
export type StoredRecord = RootRecord & { readonly sequence: number }

/** Raised when an older release could not read a record correctly. */
const version = 1

/** The record of a cluster without a root. */
export const emptyRecord: RootRecord = { root: undefined, leaving: new Map(), floorMs: 0 }

/** A record as text. */
export function encodeRecord({ root, leaving, floorMs }: RootRecord): string {
  const entries = [...leaving].map(([hash, { sinceMs, upTo }]) => [hash, sinceMs, upTo])
  return JSON.stringify({ version, root: root ?? null, leaving: entries, floorMs })
}

/** The text of a record → the record. Throws for one that a later release wrote, and for any other text. */
export function decodeRecord(text: string): RootRecord {
  const record = JSON.parse(text) as {
    readonly version: number
    readonly root: RootRecord['root'] | null
    readonly leaving: readonly (readonly [BlobHash, number, number])[]
    readonly floorMs: number
  }
  if (record.version !== version)
    throw new Error(`the store has a root record of version ${record.version}: update this edge`)
  return {
    root: record.root ?? undefined,
    leaving: new Map(record.leaving.map(([hash, sinceMs, upTo]) => [hash, { sinceMs, upTo }])),
    floorMs: record.floorMs,
  }
}
