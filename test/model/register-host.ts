import { openDatabase } from '../../host/store/database.ts'
import type { KvWriter, Log } from '../../worker/ports.ts'
import type { Register } from '../../worker/register/register.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'
import type { KvModel } from './kv-model.ts'

/** A deliberate fault of a register. */
export type RegisterVariant = (register: Register, kv: KvWriter) => Register

/** The process of the register, and the database that survives it. */
export type RegisterHost = {
  register(): Register
  /** Kills the process at any point, and starts another one. */
  crash(): void
  /** The root in the ledger. */
  root(cluster: string): string | undefined
  /** The blobs in the ledger. */
  blobs(cluster: string): string[]
  close(): void
}

/** A register over an empty database. */
export function createRegisterHost(kv: KvModel, log: Log, variant?: RegisterVariant): RegisterHost {
  const sql = openDatabase(':memory:')
  let life = { ended: false }
  const start = (): Register => {
    const writer = kv.writer(life)
    const register = createSqlRegister(sql, writer, log)
    return variant?.(register, writer) ?? register
  }
  let register = start()
  return {
    register: () => register,
    crash() {
      life.ended = true
      life = { ended: false }
      register = start()
    },
    root: (cluster) => {
      const jws = sql.run('SELECT jws FROM root_v1 WHERE cluster = ?', cluster)[0]?.jws
      return jws === undefined ? undefined : String(jws)
    },
    blobs: (cluster) =>
      sql.run('SELECT hash FROM blob_v1 WHERE cluster = ?', cluster).map(({ hash }) => String(hash)),
    close: () => sql.close(),
  }
}
