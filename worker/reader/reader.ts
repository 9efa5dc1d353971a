import type { Refusal } from '../../snapshot/ingest.ts'
import { type Currency, currencyOf } from '../answer/freshness.ts'
import type { OpenedBlobs } from '../answer/lookup.ts'
import { type Need, type Slot, slotId } from '../answer/needs.ts'
import { type Clock, within } from '../clock.ts'
import type { ClusterConfig } from '../config.ts'
import type { Log, Tasks } from '../ports.ts'
import type { Source } from '../source/source.ts'
import { createBlobCache, type Fetched } from './blob-cache.ts'
import { createBucketReads } from './bucket-reads.ts'
import { createHotShards } from './hot-shards.ts'
import type { Keyring } from './keyring.ts'
import { type ClusterState, hashOrRefusal, isUnseen, refresh, refuse } from './refresh.ts'
import { knownHash } from './shard-hash.ts'
import { createSingleflight } from './singleflight.ts'
import type { View } from './view.ts'

/** The snapshots of all clusters as one isolate sees them. Queries read everything through it. */
export type Reader = {
  /**
   * The view to answer from, usually without a promise if there is one; undefined if no snapshot is available. `nowMs` is the
   * time (Unix ms) where the caller has just read the clock.
   */
  view(cluster: ClusterConfig, tasks: Tasks, nowMs?: number): View | undefined | Promise<View | undefined>
  /**
   * The hashes at these slots, in their order, without a promise if all are known. The hash is undefined where a bucket cannot
   * be read.
   */
  locate(view: View, slots: readonly Slot[], tasks: Tasks): Need[] | Promise<Need[]>
  /** The blobs for a lookup, without a promise if all are in memory; 'missing' if one is not available now. */
  open(
    view: View,
    needs: readonly Need[],
    tasks: Tasks,
  ): OpenedBlobs | 'missing' | Promise<OpenedBlobs | 'missing'>
  /** How far a view can be relied on at a time (Unix ms). */
  currency(view: View, nowMs: number): Currency
  /** Records that an answer was given from these slots of a view. */
  used(view: View, needs: readonly Need[]): void
  /** Reads the cluster's root again in the background. Called when the store reports a change. */
  wake(cluster: string, tasks: Tasks): void
  /** The current state of each cluster. */
  status(): {
    readonly cluster: ClusterConfig
    readonly view: View | undefined
    readonly lastRefusal: Refusal | undefined
  }[]
}

export type ReaderOptions = {
  readonly source: Source
  readonly clock: Clock
  readonly log: Log
  readonly keyring: Keyring
  readonly clusters: readonly ClusterConfig[]
  readonly memoryBytes: number
}

/** Times of the reader (ms), and the number of slots it remembers. */
export const readerLimits = {
  /** The longest wait of a query for the first view: long enough for one hanging read and a second one. */
  coldWaitMs: 5_000,
  /** The deadline of one read of the store; a root's read is then repeated once. */
  readDeadlineMs: 2_000,
  /** The deadline of a refresh, which reads the root and then several blobs. */
  refreshDeadlineMs: 8_000,
  /** The time between two attempts when a read of the root failed or the root waits for its shards. */
  retryMs: 1_000,
  /** The number of used slots remembered for each cluster. */
  maxUsedSlots: 1_024,
}

/**
 * A reader with empty caches. `memoryBytes` bounds the decoded blobs of all clusters. Between requests it keeps values
 * only; the promises that requests share are in singleflight.ts, which gives each of them a deadline.
 */
export function createReader(options: ReaderOptions): Reader {
  const { clock, log, clusters, source } = options
  const stateById = new Map<string, ClusterState>(
    clusters.map((cluster) => [cluster.id, emptyState(cluster)]),
  )
  const blobCache = createBlobCache({
    ...options,
    deadlineMs: readerLimits.readDeadlineMs,
    onRefused: (cluster, error) => {
      const state = stateById.get(cluster)
      if (state) refuse(state, error, options)
    },
  })
  const refreshes = createSingleflight<void>(readerLimits.refreshDeadlineMs, clock)
  const bucketReads = createBucketReads({ ...options, deadlineMs: readerLimits.readDeadlineMs })
  const ports = { ...options, blobCache, bucketReads, readDeadlineMs: readerLimits.readDeadlineMs }

  function start(state: ClusterState, tasks: Tasks): Promise<void> {
    const done = refreshes
      .join(state.cluster.id, () => refresh(state, ports, tasks), tasks)
      .then(() => undefined)
      .catch((error: unknown) =>
        log.warn('root read failed', { cluster: state.cluster.id, reason: String(error) }),
      )
    tasks.waitUntil(done)
    return done
  }

  async function wait(state: ClusterState, ms: number, tasks: Tasks): Promise<View | undefined> {
    await within(start(state, tasks), ms, undefined, clock)
    return state.view
  }

  function view(
    cluster: ClusterConfig,
    tasks: Tasks,
    now = clock.now(),
  ): View | undefined | Promise<View | undefined> {
    const state = stateById.get(cluster.id)
    if (!state) return undefined
    const sinceAttempt = now - state.attemptedAtMs
    if (!state.view) {
      const hasJustLooked = sinceAttempt < readerLimits.retryMs && state.checkedAtMs >= state.attemptedAtMs
      return hasJustLooked ? undefined : wait(state, readerLimits.coldWaitMs, tasks)
    }
    const { refreshMs, idleMs, waitMs } = source.pace(cluster.id, now)
    if (now - state.checkedAtMs < refreshMs && !isUnseen(state)) return state.view
    if (sinceAttempt > idleMs) state.idleWaitEndMs = now + waitMs
    if (now < state.idleWaitEndMs) return wait(state, state.idleWaitEndMs - now, tasks)
    if (sinceAttempt >= readerLimits.retryMs && !refreshes.isUnderWay(cluster.id)) void start(state, tasks)
    return state.view
  }

  return {
    view,
    locate(from, slots, tasks) {
      const needs = slots.map((slot): Need => ({ slot, hash: knownHash(from, slot) }))
      const state = stateById.get(from.cluster.id)
      if (!state || needs.every(({ hash }) => hash !== undefined)) return needs
      return Promise.all(
        slots.map(async (slot) => ({ slot, hash: await hashOrRefusal(state, from, slot, ports, tasks) })),
      )
    },
    open(from, needs, tasks) {
      if (needs.some(({ hash }) => hash === undefined)) return 'missing'
      const fetched = needs.map(({ hash }) =>
        hash ? blobCache.fetch(from.cluster.id, hash, tasks) : undefined,
      )
      if (!fetched.some((blob) => blob instanceof Promise))
        return openedBlobs(needs, fetched as (Fetched | undefined)[])
      return Promise.all(fetched).then((blobs) => openedBlobs(needs, blobs))
    },
    currency: ({ root, cluster }, nowMs) => currencyOf(root, source.confirmedAtMs(cluster.id), nowMs),
    used(from, needs) {
      const state = stateById.get(from.cluster.id)
      const isCurrent = state?.view?.jws === from.jws
      const nowMs = clock.now()
      for (const { slot, hash } of needs) {
        // An empty shard is never missing, and queries could fill the record with any number of them.
        if (!hash) continue
        const id = slotId(slot)
        state?.hotShards.note(id, slot, nowMs)
        if (isCurrent) state.view?.answered.add(id)
      }
    },
    wake(cluster, tasks) {
      const state = stateById.get(cluster)
      if (!state) return
      state.wakes++
      // The refresh that this call joins may have read the root before it changed.
      tasks.waitUntil(start(state, tasks).then(() => (isUnseen(state) ? start(state, tasks) : undefined)))
    },
    status: () => [...stateById.values()],
  }
}

function emptyState(cluster: ClusterConfig): ClusterState {
  return {
    cluster,
    hotShards: createHotShards(readerLimits.maxUsedSlots),
    view: undefined,
    checkedAtMs: Number.NEGATIVE_INFINITY,
    wakes: 0,
    wakesSeen: 0,
    idleWaitEndMs: Number.NEGATIVE_INFINITY,
    attemptedAtMs: Number.NEGATIVE_INFINITY,
    waitingSinceMs: undefined,
    lastRefusal: undefined,
    refusalsLoggedMs: new Map(),
  }
}

function openedBlobs(
  needs: readonly Need[],
  blobs: readonly (Fetched | undefined)[],
): OpenedBlobs | 'missing' {
  if (blobs.includes('missing')) return 'missing'
  return Object.fromEntries(needs.map(({ slot }, index) => [slot.family, blobs[index]]))
}

/**
 * The view to answer from when a blob that a query needs is missing in `view`: the previous one. Undefined if an answer
 * was already given from one of these slots of `view`, since clients must not see older data after newer.
 */
export function fallbackView(view: View, needs: readonly Need[]): View | undefined {
  return needs.some(({ slot }) => view.answered.has(slotId(slot))) ? undefined : view.previous
}
