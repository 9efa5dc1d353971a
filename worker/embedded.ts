import { handle } from './app.ts'
import type { Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import { createEdge } from './edge.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Fetch, KvReader, Log, Tasks } from './ports.ts'
import type { Register } from './register/register.ts'
import { createSqlRegister } from './register/sql-register.ts'

export { createSqlRegister }

/** The bindings of an edge outside of Cloudflare. Several processes over one store share one register. */
export type BranchBindings = {
  readonly kv: KvReader
  readonly fetch: Fetch
  readonly register: Register
  readonly clock: Clock
  readonly log: Log
}

/** The edge of one such process. */
export type Branch = {
  handle(request: DohRequest, tasks: Tasks): DohResponse | Promise<DohResponse>
  /** Reads a cluster's root again: the store has a new one. */
  wake(cluster: string, tasks: Tasks): void
}

/** A store that nobody bills may be written to as often as changes come. */
const minPublishIntervalMs = 250

/** Creates the edge of one process. */
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
