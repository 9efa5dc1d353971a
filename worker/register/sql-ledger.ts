import type { Refusal } from '../../snapshot/ingest.ts'
import { checkPolicyKept, supersedes } from '../../snapshot/root.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Sql } from '../ports.ts'
import { absentBlobs, garbage, isBusy, lifeMs, unusedStates } from './garbage.ts'
import { hashLists } from './hash-lists.ts'
import type { BlobEntries, BlobState, Ledger, LedgerRoot } from './ledger.ts'
import { bucketsNamed, namedBlobs } from './named-blobs.ts'
import type { IncomingRoot } from './register.ts'
import { bucketTable, createBucketRows } from './sql-buckets.ts'

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
  bucketTable,
]

const columns = 'SELECT hash, state, since_ms FROM blob_v1'
const named = 'cluster = ? AND hash IN (SELECT value FROM json_each(?))'

// A Durable Object bills two writes for a replaced row (the row and its key's index entry), but one for an updated row.
const upsertRoot = `INSERT INTO root_v1 VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (cluster) DO UPDATE SET
  generation = excluded.generation, term = excluded.term, kid = excluded.kid, jws = excluded.jws, stored = 0`

/** Expired nonces are looked for at most this often (ms), since the search reads every nonce. */
const pruneNoncesMs = 60_000

/**
 * What is known of the root in force, so that a publish reads the rows of the blobs that changed and not those of all blobs.
 * `replaced`: the used blobs that the root does not name; undefined if only the table knows them.
 */
type Known = {
  readonly jws: string
  readonly names: ReadonlySet<BlobHash> | undefined
  readonly replaced: ReadonlySet<BlobHash> | undefined
}

/**
 * The ledgers in a SQLite database, by cluster. Creates the tables that do not exist yet. A ledger that is used again reads
 * fewer rows. It must be the only one that writes the cluster's rows while it is in use.
 */
export function createSqlLedgers(sql: Sql): (cluster: string) => Ledger {
  for (const table of tables) sql.run(table)
  const opened = new Map<string, Ledger>()
  return (cluster) => {
    const ledger = opened.get(cluster) ?? openSqlLedger(sql, cluster)
    opened.set(cluster, ledger)
    return ledger
  }
}

function openSqlLedger(sql: Sql, cluster: string): Ledger {
  let prunedAtMs = Number.NEGATIVE_INFINITY
  let known: Known | undefined
  const buckets = createBucketRows(sql, cluster)

  function setBlobs(hashes: Iterable<BlobHash>, state: BlobState, sinceMs: number): void {
    for (const hash of hashes)
      sql.run('INSERT OR REPLACE INTO blob_v1 VALUES (?, ?, ?, ?)', cluster, hash, state, sinceMs)
  }

  function blobs(hashes: Iterable<BlobHash>): BlobEntries {
    return entriesOf(
      hashLists(hashes).flatMap((list) => [...sql.run(`${columns} WHERE ${named}`, cluster, list)]),
    )
  }

  function knownOf(root: LedgerRoot): Known {
    if (known?.jws === root.jws) return known
    return {
      jws: root.jws,
      names: namedBlobs(root.jws, buckets),
      replaced: root.stored ? new Set() : undefined,
    }
  }

  /** The root in force names used blobs only: these rows need not be read. */
  function accept(
    root: IncomingRoot,
    call: Parameters<Ledger['acceptRoot']>[1],
  ): { absent: BlobHash[]; next?: Known } {
    const inForce = readRoot(sql, cluster)
    const trusted = inForce && call.trustedKeyIds.includes(inForce.kid) ? inForce : undefined
    if (!supersedes(trusted, root)) return { absent: [] }
    if (inForce) checkPolicyKept(inForce.jws, root)
    const before = inForce && knownOf(inForce)
    buckets.checkSize(root.buckets?.hashes, root.jws)
    const names = new Set([...root.blobs, ...buckets.blobs(root.buckets?.hashes)])
    const added = [...names].filter((hash) => !before?.names?.has(hash))
    const entries = blobs(added)
    const absent = absentBlobs(entries, added)
    if (absent.length > 0) return { absent }
    setBlobs(
      added.filter((hash) => entries.get(hash)?.state !== 'used'),
      'used',
      call.nowMs,
    )
    sql.run(upsertRoot, cluster, root.generation, root.term, root.kid, root.jws)
    return { absent, next: knownAfter(before, root.jws, names) }
  }

  /**
   * Marks used blobs as written; the root in force does not name them. The plus sign keeps SQLite from the index by state, which
   * would read every used blob.
   */
  function release(hashes: Iterable<BlobHash>, nowMs: number): void {
    const update = `UPDATE blob_v1 SET state = 'written', since_ms = ? WHERE ${named} AND +state = 'used'`
    for (const list of hashLists(hashes)) sql.run(update, nowMs, cluster, list)
  }

  function replacedIn({ names, replaced }: Known): Iterable<BlobHash> {
    if (replaced) return replaced
    const used = sql.run(`${columns} WHERE cluster = ? AND state = 'used'`, cluster)
    return [...entriesOf(used).keys()].filter((hash) => names && !names.has(hash))
  }

  function overdue(state: BlobState, beforeMs: number, most: number): BlobEntries {
    const list = `${columns} WHERE cluster = ? AND state = ? AND since_ms < ? ORDER BY since_ms LIMIT ?`
    return entriesOf(sql.run(list, cluster, state, beforeMs, most))
  }

  return {
    async useNonce(nonce, nowMs, expiresMs) {
      return sql.transaction(() => {
        if (Math.abs(nowMs - prunedAtMs) >= pruneNoncesMs) {
          sql.run('DELETE FROM nonce_v1 WHERE expires_ms < ?', nowMs)
          prunedAtMs = nowMs
        }
        const used = sql.run('SELECT 1 FROM nonce_v1 WHERE cluster = ? AND nonce = ?', cluster, nonce)
        if (used.length > 0) return false
        sql.run('INSERT INTO nonce_v1 VALUES (?, ?, ?)', cluster, nonce, expiresMs)
        return true
      })
    },
    async beginBlobs(hashes, nowMs) {
      return sql.transaction(() => {
        const entries = blobs(hashes)
        const busy = hashes.find((hash) => isBusy(entries, hash, nowMs))
        if (busy === undefined)
          setBlobs(
            hashes.filter((hash) => entries.get(hash)?.state !== 'used'),
            'pending',
            nowMs,
          )
        return busy
      })
    },
    async finishBlobs(hashes, nowMs) {
      sql.transaction(() => {
        const entries = blobs(hashes)
        setBlobs(
          hashes.filter((hash) => entries.get(hash)?.state === 'pending'),
          'written',
          nowMs,
        )
      })
    },
    async keepBuckets(sent) {
      buckets.keep(sent)
    },
    async acceptRoot(root, call) {
      const { absent, next } = sql.transaction(() => accept(root, call))
      known = next ?? known
      return absent
    },
    root: async () => readRoot(sql, cluster),
    async namedBlobs() {
      const root = readRoot(sql, cluster)
      return root && knownOf(root).names
    },
    async bucketTexts() {
      const root = readRoot(sql, cluster)
      return root ? buckets.texts(bucketsNamed(root.jws)) : []
    },
    async markStored({ jws }, nowMs) {
      known = sql.transaction(() => {
        const inForce = readRoot(sql, cluster)
        if (!inForce || inForce.stored || inForce.jws !== jws) return known
        const current = knownOf(inForce)
        release(replacedIn(current), nowMs)
        sql.run('UPDATE root_v1 SET stored = 1 WHERE cluster = ?', cluster)
        return { ...current, replaced: new Set() }
      })
      if (known?.jws === jws) buckets.forgetOthers(bucketsNamed(jws))
    },
    async chooseGarbage(nowMs, most, keepMs) {
      return sql.transaction(() => {
        const candidates = unusedStates.flatMap((state) => [
          ...overdue(state, nowMs - lifeMs(state, keepMs), most),
        ])
        const chosen = garbage(new Map(candidates), nowMs, most, keepMs)
        setBlobs(chosen, 'leaving', nowMs)
        return chosen
      })
    },
    async dropBlobs(hashes) {
      for (const list of hashLists(hashes)) sql.run(`DELETE FROM blob_v1 WHERE ${named}`, cluster, list)
    },
    async lastRefusal() {
      const [row] = sql.run('SELECT code, message, at_ms FROM refusal_v1 WHERE cluster = ?', cluster)
      if (!row) return null
      return { code: row.code as Refusal['code'], message: String(row.message), atMs: Number(row.at_ms) }
    },
    async setLastRefusal({ code, message, atMs }) {
      sql.run('INSERT OR REPLACE INTO refusal_v1 VALUES (?, ?, ?, ?)', cluster, code, message, atMs)
    },
  }
}

/** What is known once `root` has replaced the root in force. */
function knownAfter(before: Known | undefined, jws: string, names: ReadonlySet<BlobHash>): Known {
  if (!before) return { jws, names, replaced: new Set() }
  if (!before.names || !before.replaced) return { jws, names, replaced: undefined }
  return {
    jws,
    names,
    replaced: new Set([...before.replaced, ...before.names].filter((hash) => !names.has(hash))),
  }
}

function readRoot(sql: Sql, cluster: string): LedgerRoot | undefined {
  const [row] = sql.run('SELECT generation, term, kid, jws, stored FROM root_v1 WHERE cluster = ?', cluster)
  if (!row) return undefined
  return {
    generation: Number(row.generation),
    term: Number(row.term),
    kid: String(row.kid),
    jws: String(row.jws),
    stored: row.stored === 1,
  }
}

function entriesOf(rows: ReturnType<Sql['run']>): BlobEntries {
  return new Map(
    rows.map((row) => [String(row.hash), { state: row.state as BlobState, sinceMs: Number(row.since_ms) }]),
  )
}
