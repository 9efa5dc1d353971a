import type { Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Sql } from '../ports.ts'
import type { IncomingRoot } from './register.ts'

/**
 * The states of a blob in the ledger. An entry also has the time at which its state began (`sinceMs`).
 *   written: its bytes are in the store, and no stored root uses it;
 *   pending: its bytes are being written to the store;
 *   used:    the root in force names it, or the previous root does and may still be the one in the store;
 *   leaving: it is being deleted from the store.
 */
export type BlobState = 'pending' | 'written' | 'used' | 'leaving'

/** A blob's state, and since when it has been in that state (Unix ms). */
export type BlobEntry = { readonly state: BlobState; readonly sinceMs: number }

/** Entries by hash. A blob without an entry is unknown. */
export type BlobEntries = ReadonlyMap<BlobHash, BlobEntry>

/** One cluster's records, in SQL that both runtimes support. All times are Unix ms, by the edge's clock. */
export type Ledger = {
  /** The root in force; `stored` is true once the store is known to have it. */
  root():
    | (Pick<IncomingRoot, 'generation' | 'term' | 'kid' | 'jws'> & { readonly stored: boolean })
    | undefined
  /** Puts a root in force and marks it as not yet stored. */
  setRoot(root: IncomingRoot): void
  markRootStored(): void
  /** The entries of some blobs; unknown blobs are left out. */
  blobs(hashes: readonly BlobHash[]): BlobEntries
  /** The blobs in one state, those in it longest first; at most `most`, or all of them without it. */
  blobsIn(state: BlobState, most?: number): BlobEntries
  setBlob(hash: BlobHash, state: BlobState, sinceMs: number): void
  dropBlob(hash: BlobHash): void
  /** Records a nonce; false if it was used before. Drops expired nonces. */
  useNonce(nonce: string, nowMs: number, expiresMs: number): boolean
  lastRefusal(): Refusal | null
  setLastRefusal(refusal: Refusal): void
}

const tables = [
  `CREATE TABLE IF NOT EXISTS root_v1 (cluster TEXT PRIMARY KEY, generation INTEGER NOT NULL, term INTEGER NOT NULL,
    kid TEXT NOT NULL, jws TEXT NOT NULL, stored INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS blob_v1 (cluster TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL,
    since_ms INTEGER NOT NULL, PRIMARY KEY (cluster, hash)) WITHOUT ROWID`,
  // A busy cluster has tens of thousands of blobs a day and a root every few seconds: the index avoids a scan for each.
  'CREATE INDEX IF NOT EXISTS blob_state_v1 ON blob_v1 (cluster, state, since_ms)',
  `CREATE TABLE IF NOT EXISTS nonce_v1 (cluster TEXT NOT NULL, nonce TEXT NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY (cluster, nonce)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS refusal_v1 (cluster TEXT PRIMARY KEY, code TEXT NOT NULL, message TEXT NOT NULL,
    at_ms INTEGER NOT NULL)`,
]

const selectBlobs = 'SELECT hash, state, since_ms FROM blob_v1 WHERE cluster = ?'

// A Durable Object bills two writes for a replaced row (the row and its key's index entry), but one for an updated row.
const upsertRoot = `INSERT INTO root_v1 VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (cluster) DO UPDATE SET
  generation = excluded.generation, term = excluded.term, kid = excluded.kid, jws = excluded.jws, stored = 0`

/** Creates the tables that do not exist yet. */
export function prepareLedger(sql: Sql): void {
  for (const table of tables) sql.run(table)
}

/** Opens a cluster's ledger. The tables must exist (prepareLedger). */
export function openLedger(sql: Sql, cluster: string): Ledger {
  return {
    root() {
      const [row] = sql.run(
        'SELECT generation, term, kid, jws, stored FROM root_v1 WHERE cluster = ?',
        cluster,
      )
      if (!row) return undefined
      const { generation, term, kid, jws, stored } = row
      return {
        generation: Number(generation),
        term: Number(term),
        kid: String(kid),
        jws: String(jws),
        stored: stored === 1,
      }
    },
    setRoot({ generation, term, kid, jws }) {
      sql.run(upsertRoot, cluster, generation, term, kid, jws)
    },
    markRootStored() {
      sql.run('UPDATE root_v1 SET stored = 1 WHERE cluster = ?', cluster)
    },
    blobs(hashes) {
      const named = 'hash IN (SELECT value FROM json_each(?))'
      return entriesOf(sql.run(`${selectBlobs} AND ${named}`, cluster, JSON.stringify(hashes)))
    },
    blobsIn(state, most) {
      const limit = most ?? -1
      return entriesOf(
        sql.run(`${selectBlobs} AND state = ? ORDER BY since_ms LIMIT ?`, cluster, state, limit),
      )
    },
    setBlob(hash, state, sinceMs) {
      sql.run('INSERT OR REPLACE INTO blob_v1 VALUES (?, ?, ?, ?)', cluster, hash, state, sinceMs)
    },
    dropBlob(hash) {
      sql.run('DELETE FROM blob_v1 WHERE cluster = ? AND hash = ?', cluster, hash)
    },
    useNonce(nonce, nowMs, expiresMs) {
      sql.run('DELETE FROM nonce_v1 WHERE expires_ms < ?', nowMs)
      if (sql.run('SELECT 1 FROM nonce_v1 WHERE cluster = ? AND nonce = ?', cluster, nonce).length > 0)
        return false
      sql.run('INSERT INTO nonce_v1 VALUES (?, ?, ?)', cluster, nonce, expiresMs)
      return true
    },
    lastRefusal() {
      const [row] = sql.run('SELECT code, message, at_ms FROM refusal_v1 WHERE cluster = ?', cluster)
      if (!row) return null
      return { code: row.code as Refusal['code'], message: String(row.message), atMs: Number(row.at_ms) }
    },
    setLastRefusal({ code, message, atMs }) {
      sql.run('INSERT OR REPLACE INTO refusal_v1 VALUES (?, ?, ?, ?)', cluster, code, message, atMs)
    },
  }
}

function entriesOf(rows: ReturnType<Sql['run']>): BlobEntries {
  return new Map(
    rows.map((row) => [String(row.hash), { state: row.state as BlobState, sinceMs: Number(row.since_ms) }]),
  )
}
