import type { Clock } from '../clock.ts'
import { fieldOf, show } from '../objects/fields.ts'
import type { Kube } from './http/client.ts'
import { KubeError, kubeRefusal } from './http/errors.ts'
import { linesOf } from './http/read-body.ts'
import { parseAnswer, readStatus, refusalOf } from './http/responses.ts'
import type { Resource } from './resources.ts'
import { startWatchdog } from './watchdog.ts'

/** An event of a watch: the new state of an object, a deleted object, or a bookmark, which only confirms a version. */
export type WatchEvent =
  | { readonly type: 'changed' | 'deleted'; readonly object: unknown; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }

/** A bookmark comes about once a minute: when two are missing, the connection is dead (ms). */
const silenceMs = 120_000

/** The API is asked to keep a watch open for a random time from this to twice this (ms; client-go's minWatchTimeout). */
const shortestMs = 300_000

/** How long to wait for the API to end the watch after that time (ms). */
const graceMs = 30_000

/**
 * One watch from a version on, with bookmarks; ends when the API ends it. Events come in order. Throws KubeError:
 * KUBE_EXPIRED when the version has expired (by status or by an event), KUBE_SILENT, or the API's refusal.
 */
export async function* watchOnce(
  kube: Kube,
  resource: Resource,
  from: string,
  world: { readonly clock: Clock; readonly random: () => number; readonly signal: AbortSignal },
): AsyncGenerator<WatchEvent> {
  const doing = `watch ${resource.plural}`
  const openMs = Math.round(shortestMs * (1 + world.random()))
  const { fieldSelector } = resource
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(Math.round(openMs / 1000)),
    ...(fieldSelector !== undefined && { fieldSelector }),
  })
  const limits = { silenceMs, lifeMs: openMs + graceMs }
  const silent = (quietMs: number): Error =>
    new KubeError('KUBE_SILENT', `${kube.server}: no event or bookmark for ${quietMs} ms from ${doing}`)
  // A credential plugin may take longer than the watchdog allows.
  await kube.ready(world.signal)
  const dog = startWatchdog(limits, world.clock, world.signal, silent)
  try {
    const response = await kube.get(`${resource.path}?${query.toString()}`, dog.signal)
    if (response.status !== 200) throw await refusalOf(response, doing)
    for await (const line of linesOf(response.body)) {
      dog.feed()
      if (line !== '') yield eventOf(parseAnswer(line, doing), doing)
    }
  } finally {
    dog.stop()
  }
}

const types: ReadonlyMap<unknown, WatchEvent['type']> = new Map([
  ['ADDED', 'changed'],
  ['MODIFIED', 'changed'],
  ['DELETED', 'deleted'],
  ['BOOKMARK', 'bookmark'],
])

function eventOf(event: unknown, doing: string): WatchEvent {
  const object = fieldOf(event, 'object')
  const said = fieldOf(event, 'type')
  if (said === 'ERROR') {
    throw kubeRefusal(Number(fieldOf(object, 'code')), doing, readStatus(object))
  }
  const type = types.get(said)
  const resourceVersion = fieldOf(object, 'metadata', 'resourceVersion')
  if (!type || typeof resourceVersion !== 'string') {
    const problem = type ? 'without a version' : 'which is unknown'
    throw new KubeError('KUBE_ANSWER', `an event of ${doing} is of type ${show(said)}, ${problem}`)
  }
  return { type, object, resourceVersion }
}
