import type { Clock } from '../clock.ts'
import type { Notify } from '../events.ts'
import type { Log } from '../log.ts'
import { backoffMs } from './backoff.ts'
import type { Kube } from './http/client.ts'
import { type KubeCode, KubeError } from './http/errors.ts'
import { listAll } from './list.ts'
import type { Resource } from './resources.ts'
import { watchOnce } from './watch.ts'

/** Where a reflector stores objects. The last three return whether DNS answers may change. */
export type Sink<T> = {
  /** An object as it arrived → the part of it that is kept. Never throws. */
  reduce(object: unknown): T
  /** A complete list: objects that are not in it no longer exist. */
  replace(items: readonly T[]): boolean
  upsert(item: T): boolean
  /** The object as the DELETED event showed it. */
  remove(object: unknown): boolean
}

/** The surroundings of a reflector. */
export type ReflectorPorts = {
  readonly kube: Kube
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly signal: AbortSignal
  /** Called after every change that may change DNS answers, and after every requested list. */
  readonly changed: () => void
  readonly notify?: Notify | undefined
}

/** One kind of object, kept up to date. */
export type Reflector = {
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>
  /** When the sink last agreed with the API, by a list, an event or a bookmark (Unix ms; 0 before the first list). */
  aliveMs(): number
  /** When the last complete list began (Unix ms; 0 before the first one). */
  listedMs(): number
  /**
   * Requests a new list as soon as possible: it ends the current watch, which does not count as a failure; after a
   * failure the next attempt lists. `changed` is called when a list that began after this call is complete.
   */
  relist(): void
  /**
   * Resolves when the signal has aborted. Rejects with a programming error, such as an exception of a sink, and with
   * a KubeError that is final; all other faults of the API are retried.
   */
  readonly done: Promise<void>
}

/**
 * A watch that delivered events for at least the last backoff, or for this long (ms), is healthy and resets the failure
 * count. An API that works for longer than the backoff lasts is not overloaded by the next attempt.
 */
const healthyMs = 120_000

/** A watch that ends sooner counts as a failure, even if it ends cleanly and after events: the next may be as short. */
const shortWatchMs = 1_000

/**
 * Events have no time, and a watch begins with the events that happened before it. So a watch's events do not prove
 * that the data is current until this long (ms) after the first one; a bookmark does, since it follows all events that
 * it covers.
 */
const catchUpMs = 1_000

/** A list reports its progress each time that it has read this many objects. */
const noticeEvery = 500

type Reflection<T> = {
  readonly resource: Resource
  readonly sink: Sink<T>
  readonly ports: ReflectorPorts
  /** The version to watch from; undefined: list first. */
  resourceVersion: string | undefined
  /** Failures in a row since the last healthy watch; expired versions are counted separately. */
  failures: number
  expiries: number
  /** The wait after the last failure (ms). */
  waitedMs: number
  aliveMs: number
  listedMs: number
  /** A list was requested, and none has begun since. */
  relistAsked: boolean
  /** Ends the current watch. */
  turn: AbortController
}

/**
 * Lists a resource, watches it from the list's version on, and watches again when the API ends the watch. After a
 * failure it waits (see backoffMs) and continues from the last version; when that has expired it lists again.
 */
export function startReflector<T>(resource: Resource, sink: Sink<T>, ports: ReflectorPorts): Reflector {
  const reflection: Reflection<T> = {
    resource,
    sink,
    ports,
    resourceVersion: undefined,
    failures: 0,
    expiries: 0,
    waitedMs: 0,
    aliveMs: 0,
    listedMs: 0,
    relistAsked: false,
    turn: new AbortController(),
  }
  const synced = Promise.withResolvers<void>()
  return {
    synced: synced.promise,
    aliveMs: () => reflection.aliveMs,
    listedMs: () => reflection.listedMs,
    relist: () => {
      reflection.relistAsked = true
      reflection.turn.abort(new Error(`a list of ${resource.plural} was asked for`))
    },
    done: run(reflection, synced.resolve),
  }
}

async function run<T>(reflection: Reflection<T>, synced: () => void): Promise<void> {
  const { signal } = reflection.ports
  while (!signal.aborted) {
    try {
      if (reflection.resourceVersion === undefined || reflection.relistAsked) await list(reflection)
      synced()
      await watch(reflection)
    } catch (error) {
      if (error === reflection.turn.signal.reason) continue
      if (error === signal.reason) return
      if (!(error instanceof KubeError) || error.isFinal) throw error
      if (signal.aborted) return
      await recover(reflection, error)
    }
  }
}

async function list<T>(reflection: Reflection<T>): Promise<void> {
  const { resource, sink, ports } = reflection
  const { clock, signal, changed, notify } = ports
  // Changes while pages are read arrive with the watch, so the list is current as of its beginning.
  const beganMs = clock.nowMs()
  const wasAsked = reflection.relistAsked
  reflection.relistAsked = false
  let objects = 0
  const reduce = (object: unknown): T => {
    if (++objects % noticeEvery === 0) notify?.({ kind: 'listing', resource, objects })
    return sink.reduce(object)
  }
  try {
    const listed = await listAll(resource, reduce, ports)
    signal.throwIfAborted()
    reflection.resourceVersion = listed.resourceVersion
    reflection.aliveMs = beganMs
    reflection.listedMs = beganMs
    notify?.({ kind: 'listed', resource, objects, atMs: beganMs })
    if (sink.replace(listed.items) || wasAsked) changed()
  } catch (error) {
    reflection.relistAsked ||= wasAsked
    throw error
  }
}

async function watch<T>(reflection: Reflection<T>): Promise<void> {
  const { resource, ports } = reflection
  const { kube, clock, notify } = ports
  // The list that was just read may have begun before the request.
  if (reflection.relistAsked) return
  reflection.turn = new AbortController()
  const signal = AbortSignal.any([ports.signal, reflection.turn.signal])
  notify?.({ kind: 'watching', resource })
  const beganMs = clock.nowMs()
  let firstMs: number | undefined
  try {
    const world = { clock, random: ports.random, signal }
    for await (const event of watchOnce(kube, resource, reflection.resourceVersion ?? '', world)) {
      // A chunk may hold events after the abort.
      signal.throwIfAborted()
      const nowMs = clock.nowMs()
      firstMs ??= nowMs
      if (event.type === 'bookmark' || nowMs - firstMs >= catchUpMs) reflection.aliveMs = nowMs
      reflection.resourceVersion = event.resourceVersion
      const isNoticed = event.type !== 'bookmark' && apply(reflection, event.type, event.object)
      const object = isNoticed ? event.object : undefined
      notify?.({ kind: 'event', resource, type: event.type, object, atMs: reflection.aliveMs })
    }
  } finally {
    const wantedMs = Math.min(healthyMs, Math.max(shortWatchMs, reflection.waitedMs))
    if (reflection.aliveMs - beganMs >= wantedMs) {
      reflection.failures = 0
      reflection.expiries = 0
    }
  }
  const lastedMs = clock.nowMs() - beganMs
  if (lastedMs < shortWatchMs) {
    throw new KubeError(
      'KUBE_ANSWER',
      `${kube.server}: the watch of ${resource.plural} ended after ${lastedMs} ms`,
    )
  }
}

function apply<T>({ sink, ports }: Reflection<T>, type: 'changed' | 'deleted', object: unknown): boolean {
  const isNoticed = type === 'deleted' ? sink.remove(object) : sink.upsert(sink.reduce(object))
  if (isNoticed) ports.changed()
  return isNoticed
}

async function recover<T>(reflection: Reflection<T>, error: KubeError): Promise<void> {
  const { resource, ports } = reflection
  const expired = error.code === 'KUBE_EXPIRED'
  // "Expired" means that the API works and a list is enough, so it does not add to the other failures.
  const failures = expired ? ++reflection.expiries : ++reflection.failures
  if (expired || isStuck(error.code, failures)) reflection.resourceVersion = undefined
  const retryMs = backoffMs(failures, error, ports.random())
  const { code, message } = error
  ports.notify?.({ kind: 'interrupted', resource, code, retryMs })
  ports.log.warn('watch interrupted', { resource: resource.plural, code, reason: message, retryMs })
  reflection.waitedMs = retryMs
  await ports.clock.sleep(retryMs, ports.signal)
}

/**
 * Whether the version to continue from may be the cause although the API does not say so: a cluster restored from a
 * backup has not reached it yet, and an unreadable event would come again each time. A list helps in both cases.
 */
function isStuck(code: KubeCode, failures: number): boolean {
  return code === 'KUBE_TOO_LARGE' || (code === 'KUBE_ANSWER' && failures >= 3)
}
