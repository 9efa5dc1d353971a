import { openDatabase } from '../../host/store/database.ts'
import type { KvWriter, Sql } from '../../worker/ports.ts'
import type { Register } from '../../worker/register/register.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'
import type { Site } from './garbage.ts'

/** A deliberate fault of a register: a wrapper around its ledger or its store. */
export type Broken = { readonly sql?: (sql: Sql) => Sql; readonly kv?: (kv: KvWriter) => KvWriter }

/** The register of the self-hosted edge, with a database in memory that survives the simulated death of the process. */
export function sqliteSite(broken: Broken = {}): Site {
  const real = openDatabase(':memory:')
  const sql = broken.sql?.(real) ?? real
  const values = new Map<string, string>()
  const late: (() => void)[] = []
  let life = { ended: false, onEnd: (): void => undefined }
  let register = start()

  function land(key: string, value: string | undefined): void {
    if (value === undefined) values.delete(key)
    else values.set(key, value)
    site.onWrite(key, value)
  }

  function write(mine: typeof life, operation: 'put' | 'delete', key: string, value?: string): Promise<void> {
    const never = new Promise<void>(() => undefined)
    if (mine.ended) return never
    const fate = site.fate(operation, key)
    if (fate === 'done' || fate === 'lost answer' || fate === 'cut after') land(key, value)
    if (fate === 'cut, lands later') late.push(() => land(key, value))
    if (fate.startsWith('cut')) {
      mine.ended = true
      mine.onEnd()
      return never
    }
    return fate === 'done' ? Promise.resolve() : Promise.reject(new Error('503'))
  }

  function start(): Register {
    life = { ended: false, onEnd: () => undefined }
    const mine = life
    const kv: KvWriter = {
      put: (key, value) => write(mine, 'put', key, value),
      delete: (key) => write(mine, 'delete', key),
    }
    return createSqlRegister(sql, broken.kv?.(kv) ?? kv, { info: () => undefined, warn: () => undefined })
  }

  const site: Site = {
    async call(method, to, what) {
      const died = new Promise<undefined>((resolve) => {
        life.onEnd = () => resolve(undefined)
      })
      const answer = await Promise.race([register[method](to, what as never), died])
      if (answer === undefined) register = start()
      return answer
    },
    values,
    rows: async (cluster) =>
      real.run('SELECT hash FROM blob_v1 WHERE cluster = ?', cluster).map(({ hash }) => String(hash)),
    fate: () => 'done',
    onWrite: () => undefined,
    landLate: () => {
      for (const action of late.splice(0)) action()
    },
    dies: true,
    close: async () => real.close(),
  }
  return site
}
