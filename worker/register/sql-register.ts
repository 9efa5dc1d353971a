import type { KvWriter, Log, Sql } from '../ports.ts'
import { createLedgerRegister } from './ledger-register.ts'
import type { Register } from './register.ts'
import { createSqlLedgers } from './sql-ledger.ts'

/**
 * The register of a SQLite database and a store, both without other writers (see createLedgerRegister). Blobs that no root
 * has used for `keepMs` are deleted; by default 24 hours.
 */
export function createSqlRegister(
  sql: Sql,
  kv: KvWriter,
  log: Log,
  options: { readonly keepMs?: number } = {},
): Register {
  return createLedgerRegister(createSqlLedgers(sql), kv, log, options)
}
