import type { Clock } from '../clock.ts'
import type { Notify } from '../events.ts'
import type { Log } from '../log.ts'
import { backoffMs } from './backoff.ts'
import type { Kube } from './client.ts'
import { type KubeCode, KubeError } from './errors.ts'
import { listAll } from './list.ts'
import type { Resource } from './resources.ts'
import { watchOnce } from './watch.ts'

/** Where a reflector puts what it hears. The last three tell whether anybody could notice the difference. */
export type Sink<T> = {
  /** An object as it arrived → what is kept of it; the rest is forgotten at once. Never throws. */
  reduce(object: unknown): T
  /** A complete list: what is not in it is gone. */
  replace(items: readonly T[]): boolean
  upsert(item: T): boolean
  /** The object as the DELETED event showed it. */
  remove(object: unknown): boolean
}

/** What a reflector works with. */
export type ReflectorPorts = {
  readonly kube: Kube
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly signal: AbortSignal
  /** Called after every change that somebody could notice, and after every list that was asked for. */
  readonly changed: () => void
  readonly notify?: Notify | undefined
}

/** One kind of object, kept up to date. */
export type Reflector = {
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>
  /** When the sink last was what the API says of this kind: a list, an event or a bookmark. Unix ms; 0 before. */
  aliveMs(): number
  /** When the last complete list began. Unix ms; 0 before. */
  listedMs(): number
  /**
   * Lists anew as soon as possible: the watch under way is ended, which is no failure; after a failure the next
   * attempt lists. `changed` is called when a list that began after this call is complete, whatever it brought.
   */
  relist(): void
  /**
   * Resolves when the signal has aborted. Rejects only with a fault of ours, such as what a sink throws: whatever
   * the API does is met with patience.
   */
  readonly done: Promise<void>
}

/**
 * A watch that was heard of for as long as was waited for it, or in any case for so long, counts as one that worked, and
 * the failures before it are forgiven: whoever is there for longer than he is waited for is not stormed. Ms.
 */
const healthyMs = 120_000

/** A watch that ends sooner counts as a failure, even in order and after events: the next may be as short. */
const shortWatchMs = 1_000

/**
 * An event does not say how old it is, and a watch begins with those that were missed while there was none. So for so
 * long after its first event a watch's events say nothing about now; a bookmark does, as it comes after everything that
 * it stands for. Ms.
 */
const catchUpMs = 1_000

/** A list tells of itself each time that it has read so many objects. */
const noticeEvery = 500

type Reflection<T> = {
  readonly resource: Resource
  readonly sink: Sink<T>
  readonly ports: ReflectorPorts
  /** From where to watch; undefined: list first. */
  resourceVersion: string | undefined
  /** In a row, since the last healthy watch; of expired versions by themselves. */
  failures: number
  expiries: number
  /** How long was waited after the last failure, ms. */
  waitedMs: number
  aliveMs: number
  listedMs: number
  /** A list was asked for, and none has begun since. */
  relistAsked: boolean
  /** Ends the watch under way. */
  turn: AbortController
}

/**
 * Lists a resource, watches it from there on, and goes on watching when the API ends the watch. After a failure
 * it waits (see backoffMs) and goes on from the last version; when that is gone it lists anew.
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
  // Whatever changes while pages are read comes with the watch: the list is true of its beginning at least.
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
  // Asked for while the list before was read, or by whom it told: that list may be older than the question.
  if (reflection.relistAsked) return
  reflection.turn = new AbortController()
  const signal = AbortSignal.any([ports.signal, reflection.turn.signal])
  notify?.({ kind: 'watching', resource })
  const beganMs = clock.nowMs()
  let firstMs: number | undefined
  try {
    const world = { clock, random: ports.random, signal }
    for await (const event of watchOnce(kube, resource, reflection.resourceVersion ?? '', world)) {
      // A chunk may hold more events than were wanted.
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
  // Who says "expired" is there again, and a list is all that it takes, after whatever failures; only its own
  // repetition is one.
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
 * Whether the version to go on from may be what is wrong, although nobody says so: a cluster that was restored from a
 * backup has not reached it yet, and an event that cannot be read comes again each time. A list is right in any case.
 */
function isStuck(code: KubeCode, failures: number): boolean {
  return code === 'KUBE_TOO_LARGE' || (code === 'KUBE_ANSWER' && failures >= 3)
}
