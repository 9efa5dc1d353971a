import type { KvReader, KvWriter, Sql } from '../../worker/ports.ts'

/**
 * A key-value store in one table of a database. The register decides about its entries; its size has no limit. Every
 * reader sees a value as soon as `put` has settled, so `cacheTtl` has no effect.
 *
 * `onPut` is called with each key after its value was stored, so that readers need not poll; it must not throw.
 * Every call rejects with HostError DATABASE_* when the file cannot be read or written.
 */
export function openKv(sql: Sql, onPut?: (key: string) => void): KvReader & KvWriter {
  sql.run('CREATE TABLE IF NOT EXISTS kv_1 (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)')
  return {
    async get(key) {
      const value = sql.run('SELECT value FROM kv_1 WHERE key = ?', key)[0]?.value
      return typeof value === 'string' ? value : null
    },
    async put(key, value) {
      sql.run(
        'INSERT INTO kv_1 (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        key,
        value,
      )
      onPut?.(key)
    },
    async delete(key) {
      sql.run('DELETE FROM kv_1 WHERE key = ?', key)
    },
  }
}
