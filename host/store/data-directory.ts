import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { errorText, HostError, systemCode } from '../errors.ts'
import { makeDirectory } from '../make-directory.ts'
import { databaseError } from './database-error.ts'

/** Free space that a start needs: the database with its WAL, keys and certificates (bytes). */
const neededBytes = 256 * 1024

/** The locks of this process. A database that nothing refers to is closed by the garbage collector, and its lock is gone. */
const locks = new Set<DatabaseSync>()

/** Errors of the file system that mean a lack of permission. */
const deniedCodes = ['EACCES', 'EPERM', 'EROFS']

/**
 * Takes a data directory for this process, creating it with mode 0700, and returns a function that releases it. The
 * lock is one of SQLite's on the file `lock` in the directory. The kernel drops it when the process ends, also after
 * SIGKILL, so that a lock is never stale. Worker processes of the holder do not take it.
 *
 * Throws HostError, naming the directory: DATABASE_LOCKED with the holder's process id, DATABASE_DENIED when the
 * directory cannot be written, DATABASE_FAILED when it cannot be created or the disk is full.
 */
export function takeDataDirectory(dir: string): () => void {
  onDisk(dir, () => makeDirectory(dir))
  const pidFile = join(dir, 'lock.pid')
  const lock = lockFile(dir, pidFile)
  try {
    onDisk(dir, () => {
      writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
      checkSpace(join(dir, 'space.tmp'))
    })
    locks.add(lock)
    return () => {
      if (!locks.delete(lock)) return
      rmSync(pidFile, { force: true })
      lock.close()
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** A database with a write transaction that never ends: SQLite gives it to one connection at a time. */
function lockFile(dir: string, pidFile: string): DatabaseSync {
  const file = join(dir, 'lock')
  onDisk(dir, () => closeSync(openSync(file, 'a', 0o600)))
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('BEGIN IMMEDIATE')
    return lock
  } catch (error) {
    lock?.close()
    const failure = databaseError(error, file)
    if (!(failure instanceof HostError) || failure.code !== 'DATABASE_LOCKED') throw failure
    throw new HostError(
      'DATABASE_LOCKED',
      `the data directory ${dir} is in use by process ${holderOf(pidFile)}; stop it, or choose another directory with --data`,
      { cause: error },
    )
  }
}

function holderOf(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim()
  } catch {
    return '(id unknown)'
  }
}

/** Throws ENOSPC or EDQUOT when the bytes that a start needs cannot be written. */
function checkSpace(file: string): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    // A write may succeed in part when the disk becomes full: only the next one fails.
    let left = neededBytes
    while (left > 0) left -= writeSync(handle, new Uint8Array(left))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
    rmSync(file, { force: true })
  }
}

function onDisk(dir: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    const code = systemCode(error) ?? ''
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new HostError(
        'DATABASE_FAILED',
        `no space left in the data directory ${dir}: a start needs ${neededBytes / 1024} KiB`,
        { cause: error },
      )
    const isDenied = deniedCodes.includes(code)
    throw new HostError(
      isDenied ? 'DATABASE_DENIED' : 'DATABASE_FAILED',
      `cannot write the data directory ${dir} (${errorText(error)}); \`up\` needs none with --data none`,
      { cause: error },
    )
  }
}
