import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Kube } from './kube.ts'
import { type KubeCode, KubeError } from './kube-error.ts'
import { listAll } from './list.ts'
import type { Log } from './log.ts'
import type { Notify } from './notice.ts'
import { identify } from './object-key.ts'
import { type ReduceOptions, reduceObject } from './reduce.ts'
import type { Resource } from './resource.ts'
import type { Store } from './store.ts'
import { watchOnce } from './watch.ts'

/** What a reflector works with. */
export type ReflectorPorts = {
  readonly kube: Kube
  readonly store: Store
  readonly options: ReduceOptions
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly signal: AbortSignal
  /** Called after every change that DNS could notice. */
  readonly changed: () => void
  readonly notify?: Notify | undefined
}

/** One kind of object, kept up to date. */
export type Reflector = {
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>
  /** When the store last was what the API says of this kind: a list, an event or a bookmark. Unix ms; 0 before. */
  aliveMs(): number
  /** Resolves when the signal has aborted. Rejects only with a fault of ours: whatever the API does is met with patience. */
  readonly done: Promise<void>
}

/** Above this a watch counts as one that worked, and the failures before it are forgiven. */
const healthyMs = 120_000

/** A watch that ends sooner, without a word, counts as a failure. */
const shortWatchMs = 1_000

/** A list tells of itself each time that it has read so many objects. */
const noticeEvery = 500

type Progress = {
  resourceVersion: string | undefined
  failures: number
  lastCode: KubeCode | undefined
  aliveMs: number
}

/**
 * Lists a resource, watches it from there on, and goes on watching when the API ends the watch. After a failure
 * it waits (see backoffMs) and goes on from the last version; when that is gone it lists anew.
 */
export function startReflector(resource: Resource, ports: ReflectorPorts): Reflector {
  const progress: Progress = { resourceVersion: undefined, failures: 0, lastCode: undefined, aliveMs: 0 }
  const synced = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    while (!ports.signal.aborted) {
      try {
        if (progress.resourceVersion === undefined) await list(resource, ports, progress)
        synced.resolve()
        await watch(resource, ports, progress)
      } catch (error) {
        if (ports.signal.aborted) return
        if (!(error instanceof KubeError)) throw error
        await recover(resource, ports, progress, error)
      }
    }
  }
  return { synced: synced.promise, aliveMs: () => progress.aliveMs, done: run() }
}

async function list(resource: Resource, ports: ReflectorPorts, progress: Progress): Promise<void> {
  const { kube, store, options, clock, signal, changed, notify } = ports
  // Whatever changes while pages are read comes with the watch: the list is true of its beginning at least.
  const beganMs = clock.nowMs()
  let objects = 0
  const reduce = (object: unknown) => {
    if (++objects % noticeEvery === 0) notify?.({ kind: 'listing', resource, objects })
    return reduceObject(resource.kind, object, options)
  }
  const listed = await listAll(kube, resource, reduce, signal)
  progress.resourceVersion = listed.resourceVersion
  progress.aliveMs = beganMs
  notify?.({ kind: 'listed', resource, objects, atMs: beganMs })
  if (store.replace(resource.kind, listed.items)) changed()
}

async function watch(resource: Resource, ports: ReflectorPorts, progress: Progress): Promise<void> {
  const { kube, clock, notify } = ports
  notify?.({ kind: 'watching', resource })
  const beganMs = clock.nowMs()
  let events = 0
  try {
    for await (const event of watchOnce(kube, resource, progress.resourceVersion ?? '', ports)) {
      events++
      progress.aliveMs = clock.nowMs()
      progress.resourceVersion = event.resourceVersion
      const isNoticed = event.type !== 'bookmark' && apply(resource, ports, event.type, event.object)
      const object = isNoticed ? event.object : undefined
      notify?.({ kind: 'event', resource, type: event.type, object, atMs: progress.aliveMs })
    }
  } finally {
    if (clock.nowMs() - beganMs >= healthyMs) progress.failures = 0
  }
  const lastedMs = clock.nowMs() - beganMs
  if (events === 0 && lastedMs < shortWatchMs) {
    throw new KubeError(
      'KUBE_ANSWER',
      `${kube.server}: the watch of ${resource.plural} ended after ${lastedMs} ms`,
    )
  }
}

function apply(
  { kind }: Resource,
  { store, options, changed }: ReflectorPorts,
  type: 'changed' | 'deleted',
  object: unknown,
): boolean {
  const noticed =
    type === 'deleted'
      ? store.remove(kind, identify(kind, object).key)
      : store.upsert(kind, reduceObject(kind, object, options))
  if (noticed) changed()
  return noticed
}

async function recover(
  resource: Resource,
  ports: ReflectorPorts,
  progress: Progress,
  error: KubeError,
): Promise<void> {
  const expired = error.code === 'KUBE_EXPIRED'
  // Who says "expired" is there again, and a list is all that it takes; only its repetition is a failure.
  progress.failures = expired && progress.lastCode !== error.code ? 1 : progress.failures + 1
  progress.lastCode = error.code
  if (expired) progress.resourceVersion = undefined
  const retryMs = backoffMs(progress.failures, error, ports.random())
  const { code, message } = error
  ports.notify?.({ kind: 'interrupted', resource, code, retryMs })
  ports.log.warn('watch interrupted', { resource: resource.plural, code, reason: message, retryMs })
  await ports.clock.sleep(retryMs, ports.signal)
}
