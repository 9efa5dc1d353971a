import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchInProcess } from '../../cli/up/fetch-in-process.ts'
import { systemClock } from '../../host/clock.ts'
import { openDatabase } from '../../host/store/database.ts'
import { openKv } from '../../host/store/kv.ts'
import { importPrivateKey } from '../../snapshot/key.ts'
import { parseConfig } from '../../worker/config.ts'
import { createBranch, createSqlRegister } from '../../worker/embedded.ts'
import type { Sql } from '../../worker/ports.ts'
import { publishThrough, silent } from '../blackbox/publish.ts'
import { objectsOf } from './cluster.ts'

/*
 * A process that publishes one state of the cluster to a data directory, and kills itself before its n-th
 * write statement or commit:
 *     victim.ts DIR a|b N      (with N = 0 it survives, and prints the number of such statements)
 */
const [dir = '', state = 'a', text = '0'] = process.argv.slice(2)
const fatal = Number(text)
let writes = 0

function mortal(sql: Sql): Sql {
  return {
    run(statement, ...values) {
      if (!statement.startsWith('SELECT')) mayDie()
      return sql.run(statement, ...values)
    },
    transaction: (action) =>
      sql.transaction(() => {
        const result = action()
        // Between the last statement and the commit.
        mayDie()
        return result
      }),
  }
}

function mayDie(): void {
  writes++
  if (writes === fatal) process.kill(process.pid, 'SIGKILL')
}

const key = await importPrivateKey(JSON.parse(await readFile(join(dir, 'key.json'), 'utf8')))
const sql = mortal(openDatabase(join(dir, 'edge.sqlite')))
const config = parseConfig(
  JSON.stringify({
    public: true,
    clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }],
  }),
)
const tasks = { waitUntil: () => undefined }
const kv = openKv(sql)
const register = createSqlRegister(sql, kv, silent)
const edge = createBranch(config, { kv, register, fetch, clock: systemClock, log: silent })
await publishThrough(
  fetchInProcess(edge.handle, tasks),
  'http://edge.invalid',
  'dev',
  key,
  objectsOf(state === 'a' ? 'a' : 'b'),
)
process.stdout.write(`${writes}\n`)
