import type { DurableObjectState } from '@cloudflare/workers-types'
import type { Sql, SqlValue } from '../ports.ts'

/** The SQLite database of a Durable Object. */
export function durableSql({ storage }: Pick<DurableObjectState, 'storage'>): Sql {
  return {
    run: (statement, ...values) => storage.sql.exec<Record<string, SqlValue>>(statement, ...values).toArray(),
    transaction: (action) => storage.transactionSync(action),
  }
}
