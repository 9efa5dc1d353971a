import { rootKey } from '../snapshot/keys.ts'
import type { EdgeConfig } from '../worker/config.ts'
import { type Branch, createBranch } from '../worker/embedded.ts'
import type { KvReader, Log, Meter, SignProfile, Tasks } from '../worker/ports.ts'
import { systemClock } from './clock.ts'
import { type EdgeStore, openOwnStore } from './edge-store.ts'
import type { Follower } from './follow/follower.ts'
import type { Handler } from './http/answer.ts'
import { createTasks } from './tasks.ts'
import { createUpstreamFetch } from './upstream-fetch.ts'

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
 * is in memory, and no file is written. With `shared` the snapshots are there instead, and no database is opened. With `ignoreStored` the edge answers as if no snapshot were stored (SERVFAIL with EDE 14) until `useStored` is called: the stored snapshot may be
 * of another cluster, or long out of date. Throws HostError DATABASE_*.
 */
export function openEdge(
  config: EdgeConfig,
  dataDir: string | undefined,
  log: Log,
  {
    shared,
    ignoreStored = false,
    follower,
    meter,
    signProfile,
  }: {
    /** A store that several edges share. This edge closes it. */
    readonly shared?: EdgeStore | undefined
    readonly ignoreStored?: boolean
    /** Follows another edge until this one is closed. */
    readonly follower?: Follower | undefined
    readonly meter?: Meter | undefined
    readonly signProfile?: SignProfile | undefined
  } = {},
): OpenEdge {
  const store = shared ?? openOwnStore(dataDir, log)
  const { kv, register } = store
  const roots = new Set(config.clusters.map(({ id }) => rootKey(id)))
  let isIgnored = ignoreStored
  const reader: KvReader = {
    get: (key, options) => (isIgnored && roots.has(key) ? Promise.resolve(null) : kv.get(key, options)),
  }
  const branch = createBranch(config, {
    kv: reader,
    source: store.source,
    storeKind: store.kind,
    register,
    useFollowerNonce: store.useFollowerNonce,
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
  store.onRoot((cluster) => branch.wake(cluster, ownTasks))
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
      store.close()
    },
  }
}
