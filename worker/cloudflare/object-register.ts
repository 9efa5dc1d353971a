import type { DurableObjectState, KVNamespace } from '@cloudflare/workers-types'
import type { Register } from '../register/register.ts'
import { createSqlRegister } from '../register/sql-register.ts'
import { boundedWriter } from '../register/write-timeout.ts'
import { consoleLog } from './console-log.ts'
import { durableSql } from './durable-sql.ts'
import { isolateClock } from './isolate-clock.ts'

/** The register of a Durable Object: on its SQLite storage, and with a time limit for each write to KV. */
export function createObjectRegister(state: DurableObjectState, kv: KVNamespace): Register {
  return createSqlRegister(durableSql(state), boundedWriter(kv, isolateClock), consoleLog)
}
