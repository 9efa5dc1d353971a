import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Sql, SqlValue } from '../../worker/ports.ts'
import { errorText, HostError, systemCode } from '../errors.ts'
import { databaseError } from './database-error.ts'

/** How long a statement waits for another process that writes (ms). */
const busyTimeoutMs = 5_000

/** Prepared statements kept. Statement texts are constants of the code, so there are far fewer. */
const maxStatements = 200

/** Size in bytes to which a WAL file is truncated after a checkpoint. */
const maxIdleWalBytes = 16 * 1024 * 1024

/**
 * Opens a SQLite database, made with mode 0600 (and its directory with 0700) when it is not there; ':memory:'
 * is private to this process and writes no file. A committed statement or transaction survives the end of this process, also by
 * SIGKILL: WAL with synchronous=NORMAL hands each commit to the operating system. Only a crash of the machine can
 * undo the last commits, without damage to the file; the agent then publishes again.
 *
 * `run` takes one statement and keeps it prepared by its text. `transaction` may be nested: the inner one then
 * undoes its own statements only. Both throw HostError DATABASE_LOCKED, DATABASE_FAILED or DATABASE_INVALID
 * when the file fails them, and SQLite's own error for a wrong statement or a broken constraint.
 *
 * Throws HostError DATABASE_DENIED, DATABASE_INVALID, DATABASE_LOCKED or DATABASE_FAILED, naming the file.
 */
export function openDatabase(file: string): Sql & { close(): void } {
  if (file !== ':memory:') makeFile(file)
  const database = open(file)
  const statements = new Map<string, StatementSync>()

  function run(statement: string, ...values: SqlValue[]): Readonly<Record<string, SqlValue>>[] {
    try {
      let prepared = statements.get(statement)
      if (!prepared) {
        if (statements.size >= maxStatements) statements.clear()
        prepared = database.prepare(statement)
        statements.set(statement, prepared)
      }
      return prepared.all(...values) as Record<string, SqlValue>[]
    } catch (error) {
      throw databaseError(error, file)
    }
  }

  return {
    run,
    transaction: (action) => transact(database, run, action),
    close: () => {
      statements.clear()
      if (database.isOpen) database.close()
    },
  }
}

/** Creates the file with its mode. SQLite reports every failure as "unable to open"; the file system gives the reason. */
function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    const denied = ['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')
    const reason = errorText(error)
    if (denied) {
      throw new HostError('DATABASE_DENIED', `no permission to write the database ${file} (${reason})`, {
        cause: error,
      })
    }
    throw new HostError('DATABASE_FAILED', `cannot open the database ${file} (${reason})`, { cause: error })
  }
}

function open(file: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: busyTimeoutMs })
    if (file === ':memory:') {
      // Large sorts would otherwise use temporary files.
      database.exec('PRAGMA temp_store = MEMORY')
      return database
    }
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL')
    database.exec(`PRAGMA journal_size_limit = ${maxIdleWalBytes}`)
    return database
  } catch (error) {
    database?.close()
    throw databaseError(error, file)
  }
}

type Run = (statement: string) => unknown

function transact<T>(database: DatabaseSync, run: Run, action: () => T): T {
  const nested = database.isTransaction
  // IMMEDIATE takes the write lock now: a transaction that reads first could otherwise fail at its first write.
  run(nested ? 'SAVEPOINT inner' : 'BEGIN IMMEDIATE')
  try {
    const result = action()
    if (result instanceof Promise) throw new TypeError('a transaction ends before a promise can settle')
    run(nested ? 'RELEASE inner' : 'COMMIT')
    return result
  } catch (error) {
    // A failed statement may have ended the transaction by itself, for instance when the disk is full.
    if (database.isTransaction) {
      if (nested) run('ROLLBACK TO inner')
      run(nested ? 'RELEASE inner' : 'ROLLBACK')
    }
    throw error
  }
}
