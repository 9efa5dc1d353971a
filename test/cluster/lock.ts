import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const retryMs = 500

/**
 * Runs `work` under an exclusive lock on `file`, waiting without limit while another process has it; `onWait` is called
 * once if it has to wait. The lock is an open SQLite transaction, which the system releases at the end of the process,
 * so a killed build leaves no stale lock.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    for (let attempt = 0; !tryLock(database); attempt++) {
      if (attempt === 0) onWait()
      await pause(retryMs)
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return false
    throw error
  }
}
