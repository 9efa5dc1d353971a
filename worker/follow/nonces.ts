import { nonceLifeMs } from '../../snapshot/proof.ts'
import type { Sql } from '../ports.ts'
import { createSqlLedgers } from '../register/sql-ledger.ts'

/** Records the nonce of a follower's proof; resolves to false if it was used before. `nowMs` is Unix ms. */
export type UseNonce = (cluster: string, nonce: string, nowMs: number) => Promise<boolean>

/**
 * The nonces of followers in a database, which outlives the process: a proof cannot be used again after a restart. They are
 * apart from those of agents, under `<cluster>/followers`, which is no cluster ID.
 */
export function createFollowerNonces(sql: Sql): UseNonce {
  const ledgers = createSqlLedgers(sql)
  return (cluster, nonce, nowMs) =>
    ledgers(`${cluster}/followers`).useNonce(nonce, nowMs, nowMs + nonceLifeMs)
}
