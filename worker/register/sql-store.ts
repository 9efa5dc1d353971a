import type { KvWriter, Sql } from '../ports.ts'

/** A key-value store in one table of a register's own database. */
export type SqlStore = KvWriter & {
  /** The values of keys, in their order; null for keys without a value. Reads one row for each value. */
  values(keys: readonly string[]): (string | null)[]
}

/** Opens the store, and creates its table if it does not exist. A value is visible as soon as `put` was called. */
export function openSqlStore(sql: Sql): SqlStore {
  sql.run('CREATE TABLE IF NOT EXISTS own_v1 (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  return {
    values(keys) {
      const rows = sql.run(
        'SELECT key, value FROM own_v1 WHERE key IN (SELECT value FROM json_each(?))',
        JSON.stringify(keys),
      )
      const byKey = new Map(rows.map(({ key, value }) => [String(key), String(value)]))
      return keys.map((key) => byKey.get(key) ?? null)
    },
    async put(key, value) {
      sql.run(
        'INSERT INTO own_v1 VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        key,
        value,
      )
    },
    async delete(key) {
      sql.run('DELETE FROM own_v1 WHERE key = ?', key)
    },
  }
}
