import type { Clock } from '../clock.ts'
import { fieldOf, show } from '../objects/fields.ts'
import type { Kube } from './client.ts'
import { KubeError, kubeRefusal } from './errors.ts'
import { linesOf } from './read-body.ts'
import type { Resource } from './resources.ts'
import { parseAnswer, readStatus, refusalOf } from './responses.ts'
import { startWatchdog } from './watchdog.ts'

/** What a watch says: an object as it is now, an object that is gone, or only that all is well up to a version. */
export type WatchEvent =
  | { readonly type: 'changed' | 'deleted'; readonly object: unknown; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }

/** A bookmark comes about once a minute: after two of them failed to, the connection is dead. */
const silenceMs = 120_000

/** How long the API is asked to keep a watch open, from 5 minutes to 10 by chance (client-go's minWatchTimeout). */
const shortestMs = 300_000

/** After the API should have ended the watch, how long to wait for it to. */
const graceMs = 30_000

/**
 * One watch from a version on, with bookmarks; ends when the API ends it. Events come in order. Throws
 * KubeError: KUBE_EXPIRED when the version is gone (by status or as an event), KUBE_SILENT, any refusal.
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
    new KubeError('KUBE_SILENT', `${kube.server}: nothing heard for ${quietMs} ms from ${doing}`)
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
