import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const retryMs = 500

/**
 * Runs `work` while no other process does so under the same `file`, waiting as long as it takes;
 * `onWait` is called once if there is somebody to wait for. The lock is an open SQLite transaction:
 * the system drops it with the process that held it, so a killed build never leaves a stale one.
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
