import type { Sql } from '../ports.ts'

/** When the next checkpoint of a cluster is due. It is remembered across restarts. */
export type CheckpointPace = {
  /** When the next write is due (Unix ms). An urgent one keeps to the minute only, not to the budget. */
  dueMs(cluster: string, isUrgent: boolean): number
  /** Records that `keys` keys were written; `isComplete` if they completed a checkpoint. */
  wrote(cluster: string, keys: number, isComplete: boolean, nowMs: number): void
}

/** The least time between two checkpoints (ms). */
export const checkpointEveryMs = 60_000

const dayMs = 24 * 60 * 60_000

/** The part of a day's keys that may be written at once. */
const burstDays = 0.5

/**
 * Spaces checkpoints by a minute, and so that at most `writesPerDay` keys a day are written in the long run (null: no limit).
 * Every key takes its share of a day, and checkpoints may be ahead of this by half a day; a checkpoint that has begun is
 * completed.
 */
export function createCheckpointPace(sql: Sql, writesPerDay: number | null): CheckpointPace {
  sql.run(`CREATE TABLE IF NOT EXISTS checkpoint_v1 (cluster TEXT PRIMARY KEY, done_ms INTEGER NOT NULL,
    paid_ms INTEGER NOT NULL) WITHOUT ROWID`)
  const state = (cluster: string): { doneMs: number; paidMs: number } => {
    const [row] = sql.run('SELECT done_ms, paid_ms FROM checkpoint_v1 WHERE cluster = ?', cluster)
    return { doneMs: Number(row?.done_ms ?? 0), paidMs: Number(row?.paid_ms ?? 0) }
  }
  return {
    dueMs(cluster, isUrgent) {
      const { doneMs, paidMs } = state(cluster)
      const spacedMs = doneMs + checkpointEveryMs
      return isUrgent ? spacedMs : Math.max(spacedMs, paidMs - burstDays * dayMs)
    },
    wrote(cluster, keys, isComplete, nowMs) {
      const { doneMs, paidMs } = state(cluster)
      const costMs = writesPerDay === null ? 0 : Math.ceil((keys * dayMs) / writesPerDay)
      sql.run(
        `INSERT INTO checkpoint_v1 VALUES (?, ?, ?)
          ON CONFLICT (cluster) DO UPDATE SET done_ms = excluded.done_ms, paid_ms = excluded.paid_ms`,
        cluster,
        isComplete ? nowMs : doneMs,
        Math.max(paidMs, nowMs) + costMs,
      )
    },
  }
}
