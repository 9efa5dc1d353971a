import type { Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import { createEdge } from './edge.ts'
import type { Fetch, KvReader, KvWriter, Log, Sql, Tasks } from './ports.ts'
import type { DohRequest, DohResponse } from './request.ts'
import { handle } from './routes.ts'
import { createSqlRegister } from './sql-register.ts'

/** The bindings that a host of its own brings. The store and the register may share a database. */
export type HostBindings = {
  readonly kv: KvReader & KvWriter
  readonly sql: Sql
  readonly fetch: Fetch
  readonly clock: Clock
  readonly log: Log
}

/** A store that nobody bills may be written to as often as changes come. */
const minPublishIntervalMs = 250

/** The whole edge behind one function, for a host that is no Worker runtime: register and reader in one isolate. */
export function createEmbedded(
  config: EdgeConfig,
  bindings: HostBindings,
): (request: DohRequest, tasks: Tasks) => Promise<DohResponse> {
  const register = createSqlRegister(bindings.sql, bindings.kv, bindings.log)
  const edge = createEdge(config, {
    ...bindings,
    random: Math.random,
    store: { kind: 'sqlite', minPublishIntervalMs, writesPerDay: null },
    registerOf: () => register,
  })
  return (request, tasks) => handle(request, edge, tasks)
}
