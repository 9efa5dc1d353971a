import { handle } from './app.ts'
import type { Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import { createEdge } from './edge.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Fetch, KvReader, KvWriter, Log, Sql, Tasks } from './ports.ts'
import type { Register } from './register/register.ts'
import { createSqlRegister } from './register/sql-register.ts'

export { createSqlRegister }

/** The bindings that a host of its own brings. The store and the register may share a database. */
export type HostBindings = {
  readonly kv: KvReader & KvWriter
  readonly sql: Sql
  readonly fetch: Fetch
  readonly clock: Clock
  readonly log: Log
}

/** The bindings of one process of several over one store: the register is in one place for all. */
export type BranchBindings = {
  readonly kv: KvReader
  readonly fetch: Fetch
  readonly register: Register
  readonly clock: Clock
  readonly log: Log
}

/** One such process's edge. */
export type Branch = {
  handle(request: DohRequest, tasks: Tasks): DohResponse | Promise<DohResponse>
  /** Reads a cluster's root again, soon: another process has taken a new one in. */
  wake(cluster: string, tasks: Tasks): void
}

/** A store that nobody bills may be written to as often as changes come. */
const minPublishIntervalMs = 250

/** The whole edge behind one function, for a host that is no Worker runtime: register and reader in one isolate. */
export function createEmbedded(config: EdgeConfig, bindings: HostBindings): Branch['handle'] {
  const register = createSqlRegister(bindings.sql, bindings.kv, bindings.log)
  return createBranch(config, { ...bindings, register }).handle
}

/** The edge without its register, for a host of several processes. */
export function createBranch(config: EdgeConfig, { register, ...bindings }: BranchBindings): Branch {
  const edge = createEdge(config, {
    ...bindings,
    random: Math.random,
    store: { kind: 'sqlite', minPublishIntervalMs, writesPerDay: null },
    registerOf: () => register,
  })
  return {
    handle: (request, tasks) => handle(request, edge, tasks),
    wake: (cluster, tasks) => edge.reader.wake(cluster, tasks),
  }
}
