import { join } from 'node:path'
import type { EdgeConfig } from '../worker/config.ts'
import { createEmbedded } from '../worker/embedded.ts'
import type { Log } from '../worker/ports.ts'
import { systemClock } from './clock.ts'
import type { Handler } from './http/answer.ts'
import { openDatabase } from './store/database.ts'
import { openKv } from './store/kv.ts'
import { createUpstreamFetch } from './upstream-fetch.ts'

/** An edge over a data directory: what a server's requests go through. */
export type OpenEdge = { readonly handler: Handler; close(): void }

/**
 * Opens the database in `dataDir`, making both where they are missing, and an edge over it.
 * Throws HostError DATABASE_*.
 */
export function openEdge(config: EdgeConfig, dataDir: string, log: Log): OpenEdge {
  const sql = openDatabase(join(dataDir, 'edge.sqlite'))
  const handler = createEmbedded(config, {
    kv: openKv(sql),
    sql,
    fetch: createUpstreamFetch(),
    clock: systemClock,
    log,
  })
  return { handler, close: () => sql.close() }
}
