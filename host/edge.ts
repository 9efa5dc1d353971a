import { join } from 'node:path'
import { rootKey } from '../snapshot/keys.ts'
import type { EdgeConfig } from '../worker/config.ts'
import { type Branch, createBranch, createFollowerNonces, createSqlRegister } from '../worker/embedded.ts'
import type { KvReader, Log, Meter, SignProfile, Tasks } from '../worker/ports.ts'
import { systemClock } from './clock.ts'
import type { Follower } from './follow/follower.ts'
import type { Handler } from './http/answer.ts'
import { openDatabase } from './store/database.ts'
import { openKv } from './store/kv.ts'
import { createTasks } from './tasks.ts'
import { createUpstreamFetch } from './upstream-fetch.ts'

/**
 * How long blobs without a root are kept in memory (ms). All readers are in the same process and use a replaced root
 * for 2 minutes at most; the 24 hours of a file could need gigabytes of memory.
 */
const keepInMemoryMs = 5 * 60_000

/** An edge over a data directory, or over memory. */
export type OpenEdge = {
  readonly handler: Handler
  readonly handleDns: Branch['handleDns']
  readonly listensForDot: Branch['listensForDot']
  /** Ends the effect of `ignoreStored`: from now on stored snapshots are used. */
  useStored(tasks: Tasks): void
  readonly snapshots: Branch['snapshots']
  close(): void
}

/**
 * Opens the database in `dataDir`, creating both if they do not exist, and an edge over it. Without `dataDir` everything
 * is in memory, and no file is written. With `ignoreStored` the edge answers as if no snapshot were stored (SERVFAIL with EDE 14) until `useStored` is called: the stored snapshot may be
 * of another cluster, or long out of date. Throws HostError DATABASE_*.
 */
export function openEdge(
  config: EdgeConfig,
  dataDir: string | undefined,
  log: Log,
  {
    ignoreStored = false,
    follower,
    meter,
    signProfile,
  }: {
    readonly ignoreStored?: boolean
    /** Follows another edge until this one is closed. */
    readonly follower?: Follower | undefined
    readonly meter?: Meter | undefined
    readonly signProfile?: SignProfile | undefined
  } = {},
): OpenEdge {
  const isInMemory = dataDir === undefined
  const sql = openDatabase(isInMemory ? ':memory:' : join(dataDir, 'edge.sqlite'))
  const kv = openKv(sql)
  const roots = new Set(config.clusters.map(({ id }) => rootKey(id)))
  let isIgnored = ignoreStored
  const reader: KvReader = {
    get: (key, options) => (isIgnored && roots.has(key) ? Promise.resolve(null) : kv.get(key, options)),
  }
  const register = createSqlRegister(sql, kv, log, isInMemory ? { keepMs: keepInMemoryMs } : {})
  const branch = createBranch(config, {
    kv: reader,
    register,
    useFollowerNonce: createFollowerNonces(sql),
    fetch: createUpstreamFetch(),
    clock: systemClock,
    log,
    meter,
    signProfile,
  })
  const wakeAll = (tasks: Tasks): void => {
    for (const { id } of config.clusters) branch.wake(id, tasks)
  }
  const ownTasks = createTasks(log)
  // The roots are read before the first query, so that readiness can be told.
  if (!ignoreStored) wakeAll(ownTasks)
  const following = follower?.start({ register, onRoot: (cluster) => branch.wake(cluster, ownTasks) })
  return {
    handler: branch.handle,
    handleDns: branch.handleDns,
    listensForDot: branch.listensForDot,
    useStored(tasks) {
      if (!isIgnored) return
      isIgnored = false
      wakeAll(tasks)
    },
    snapshots: branch.snapshots,
    close() {
      following?.stop()
      sql.close()
    },
  }
}
