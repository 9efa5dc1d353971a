import type { Sql } from '../ports.ts'

const suffix = '/own'

/** The name of the ledger of a register that serves: no cluster ID has a slash. */
export const frontOf = (cluster: string): string => cluster + suffix

/** The clusters that a register served, by what their two ledgers say: its own one, and that of the key-value store. */
export type Leads = {
  /** The store's root is newer: the register did not serve when it was accepted. */
  readonly overtaken: readonly string[]
  /** The store may have another root than the one that was served last. */
  readonly differing: readonly string[]
}

/** Compares both ledgers of every cluster that was ever served from this database. Its tables must exist. */
export function readLeads(sql: Sql): Leads {
  const rows = sql.run(`SELECT front.cluster AS name,
      (behind.generation, behind.term) > (front.generation, front.term) AS overtaken,
      behind.cluster IS NULL OR behind.jws <> front.jws OR behind.stored = 0 AS differing
    FROM root_v1 AS front LEFT JOIN root_v1 AS behind ON front.cluster = behind.cluster || '${suffix}'
    WHERE front.cluster LIKE '%${suffix}'`)
  const named = (column: 'overtaken' | 'differing'): string[] =>
    rows.filter((row) => row[column] === 1).map(({ name }) => String(name).slice(0, -suffix.length))
  return { overtaken: named('overtaken'), differing: named('differing') }
}
