import type { Refusal } from '../../snapshot/ingest.ts'
import type { Shelf } from '../answer/lookup.ts'
import type { Need } from '../answer/needs.ts'
import { slotId } from '../answer/needs.ts'
import { type Clock, within } from '../clock.ts'
import type { ClusterConfig } from '../config.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import { createShelves, type Fetched } from './blob-cache.ts'
import { createUsage } from './hot-shards.ts'
import type { Keyring } from './keyring.ts'
import { type Held, refresh, refuse } from './refresh.ts'
import { createFlights } from './singleflight.ts'
import type { View } from './view.ts'

/** What an isolate knows of the snapshots; everything a query reads comes from here. */
export type Reader = {
  /** The view to answer from, at once where one is held; undefined when no snapshot can be had. */
  view(cluster: ClusterConfig, tasks: Tasks): View | undefined | Promise<View | undefined>
  /** The blobs for a look-up, at once where all are in memory; 'missing' when one cannot be had now. */
  open(view: View, needs: readonly Need[], tasks: Tasks): Shelf | 'missing' | Promise<Shelf | 'missing'>
  /** Remembers that an answer was given from these places of a view. */
  used(view: View, needs: readonly Need[]): void
  /** Reads the cluster's root again, soon: a store that knows of its changes says so here. */
  wake(cluster: string, tasks: Tasks): void
  /** What is held now, cluster by cluster. */
  status(): {
    readonly cluster: ClusterConfig
    readonly view: View | undefined
    readonly lastRefusal: Refusal | undefined
  }[]
}

export type ReaderOptions = {
  readonly kv: KvReader
  readonly clock: Clock
  readonly log: Log
  readonly keyring: Keyring
  readonly clusters: readonly ClusterConfig[]
  readonly memoryBytes: number
}

/** Times in ms, sizes in entries. */
export const readerLimits = {
  /** A root older than this is read again, while the one held goes on serving. */
  refreshMs: 30_000,
  /** After this long without a look at the root, a query waits for one... */
  idleMs: 60_000,
  /** ...for this long at most. */
  idleWaitMs: 300,
  /** A query that finds no view at all waits this long for the first: one read that hangs, and another. */
  coldWaitMs: 5_000,
  /** One read of the store may take this long; then it is given up and begun anew. */
  readDeadlineMs: 2_000,
  /** A root's refresh, which reads the root and then several blobs, may take this long. */
  refreshDeadlineMs: 8_000,
  /** Between two attempts to read a root that failed or waits for its shards. */
  retryMs: 1_000,
  /** Slots remembered as used. */
  maxUsedSlots: 1_024,
}

/** A reader with empty memory. It keeps values between requests, never promises, except those that flights.ts tames. */
export function createReader(options: ReaderOptions): Reader {
  const { clock, log, clusters } = options
  const heldById = new Map<string, Held>(clusters.map((cluster) => [cluster.id, emptyHanded(cluster)]))
  const shelves = createShelves({
    ...options,
    deadlineMs: readerLimits.readDeadlineMs,
    onRefused: (cluster, error) => {
      const held = heldById.get(cluster)
      if (held) refuse(held, error, options)
    },
  })
  const refreshes = createFlights<void>(readerLimits.refreshDeadlineMs, clock)
  const ports = { ...options, shelves, readDeadlineMs: readerLimits.readDeadlineMs }

  function start(held: Held, tasks: Tasks): Promise<void> {
    const done = refreshes
      .join(held.cluster.id, () => refresh(held, ports, tasks), tasks)
      .then(() => undefined)
      .catch((error: unknown) =>
        log.warn('root read failed', { cluster: held.cluster.id, reason: String(error) }),
      )
    tasks.waitUntil(done)
    return done
  }

  async function wait(held: Held, ms: number, tasks: Tasks): Promise<View | undefined> {
    await within(start(held, tasks), ms, undefined, clock)
    return held.view
  }

  function view(cluster: ClusterConfig, tasks: Tasks): View | undefined | Promise<View | undefined> {
    const held = heldById.get(cluster.id)
    if (!held) return undefined
    const now = clock.now()
    const sinceAttempt = now - held.attemptedAtMs
    if (!held.view) {
      const hasJustLooked = sinceAttempt < readerLimits.retryMs && held.checkedAtMs >= held.attemptedAtMs
      return hasJustLooked ? undefined : wait(held, readerLimits.coldWaitMs, tasks)
    }
    if (now - held.checkedAtMs < readerLimits.refreshMs && !isUnseen(held)) return held.view
    if (sinceAttempt > readerLimits.idleMs) held.idleWaitEndMs = now + readerLimits.idleWaitMs
    if (now < held.idleWaitEndMs) return wait(held, held.idleWaitEndMs - now, tasks)
    if (sinceAttempt >= readerLimits.retryMs && !refreshes.isUnderWay(cluster.id)) void start(held, tasks)
    return held.view
  }

  return {
    view,
    open(from, needs, tasks) {
      const fetched = needs.map(({ hash }) =>
        hash === null ? undefined : shelves.fetch(from.cluster.id, hash, tasks),
      )
      if (!fetched.some((blob) => blob instanceof Promise))
        return shelve(needs, fetched as (Fetched | undefined)[])
      return Promise.all(fetched).then((blobs) => shelve(needs, blobs))
    },
    used(from, needs) {
      const held = heldById.get(from.cluster.id)
      const isCurrent = held?.view?.jws === from.jws
      const nowMs = clock.now()
      for (const { slot, hash } of needs) {
        // An empty shard is never missing, and of empty ones there are as many as somebody cares to ask for.
        if (hash === null) continue
        const id = slotId(slot)
        held?.usage.note(id, slot, nowMs)
        if (isCurrent) held.view?.answered.add(id)
      }
    },
    wake(cluster, tasks) {
      const held = heldById.get(cluster)
      if (!held) return
      held.wakes++
      // A refresh that was under way may have read the root before it changed.
      tasks.waitUntil(start(held, tasks).then(() => (isUnseen(held) ? start(held, tasks) : undefined)))
    },
    status: () => [...heldById.values()],
  }
}

function emptyHanded(cluster: ClusterConfig): Held {
  return {
    cluster,
    usage: createUsage(readerLimits.maxUsedSlots),
    view: undefined,
    checkedAtMs: Number.NEGATIVE_INFINITY,
    wakes: 0,
    wakesSeen: 0,
    idleWaitEndMs: Number.NEGATIVE_INFINITY,
    attemptedAtMs: Number.NEGATIVE_INFINITY,
    waitingSinceMs: undefined,
    lastRefusal: undefined,
  }
}

/** Has the store told of a change that no refresh has looked for? */
function isUnseen({ wakes, wakesSeen }: Held): boolean {
  return wakesSeen < wakes
}

function shelve(needs: readonly Need[], blobs: readonly (Fetched | undefined)[]): Shelf | 'missing' {
  if (blobs.includes('missing')) return 'missing'
  return Object.fromEntries(needs.map(({ slot }, index) => [slot.family, blobs[index]]))
}

/** May a query that used these places of `view`, and found one missing, be answered from the view before? */
export function standIn(view: View, needs: readonly Need[]): View | undefined {
  return needs.some(({ slot }) => view.answered.has(slotId(slot))) ? undefined : view.previous
}
