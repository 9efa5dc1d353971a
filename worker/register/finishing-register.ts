import type { KvWriter, Log, Sql } from '../ports.ts'
import { createCheckpoint } from './checkpoint.ts'
import { continuing } from './continuing-ledger.ts'
import { frontOf, readLeads } from './leads.ts'
import { createLedgerRegister } from './ledger-register.ts'
import type { Register } from './register.ts'
import { createSqlLedgers } from './sql-ledger.ts'
import { openSqlStore } from './sql-store.ts'

/** Checkpoints of the clusters of a database. */
export type Checkpoints = {
  /** Makes one step of the cluster's checkpoint. Resolves to when the next one is due (Unix ms), if any. */
  checkpoint(cluster: string, nowMs: number): Promise<number | undefined>
  /** The clusters that need one. */
  clusters(): readonly string[]
}

/**
 * The register of a database in which a register served before (serving-register.ts), and of one in which none did. It writes every
 * root to the key-value store. The root that was served last reaches the store by a checkpoint without delay, unless a
 * newer one was published meanwhile.
 */
export function createFinishingRegister(sql: Sql, kv: KvWriter, log: Log): Register & Checkpoints {
  const ledgers = createSqlLedgers(sql)
  const { overtaken, differing } = readLeads(sql)
  const unfinished = new Set(differing.filter((cluster) => !overtaken.includes(cluster)))
  const front = (cluster: string) => ledgers(frontOf(cluster))
  const register = createLedgerRegister(
    (cluster) =>
      unfinished.size === 0
        ? ledgers(cluster)
        : continuing(ledgers(cluster), front(cluster), () => unfinished.has(cluster)),
    kv,
    log,
  )
  if (unfinished.size === 0) return { ...register, checkpoint: async () => undefined, clusters: () => [] }
  const { step } = createCheckpoint({
    own: openSqlStore(sql),
    front,
    behind: { register, ledger: ledgers },
    pace: { dueMs: () => 0, wrote: () => undefined },
    // A root that an agent published meanwhile is newer.
    mayReplace: false,
    onDone: () => undefined,
  })
  return {
    ...register,
    async checkpoint(cluster, nowMs) {
      const dueMs = await step(cluster, nowMs)
      if (dueMs === undefined) unfinished.delete(cluster)
      return dueMs
    },
    clusters: () => [...unfinished],
  }
}
