import type { Clock } from '../clock.ts'
import { errorText } from '../error-text.ts'
import type { Notify } from '../events.ts'
import type { Kube } from '../kube/http/client.ts'
import { KubeError } from '../kube/http/errors.ts'
import { textOf } from '../kube/http/read-body.ts'
import { parseAnswer, refusalOf } from '../kube/http/responses.ts'
import type { Resource } from '../kube/resources.ts'
import type { Log } from '../log.ts'
import { fieldOf, listOf } from '../objects/fields.ts'
import type { Skipped } from '../objects/skipped.ts'
import { createWakeUp, type WakeUp } from '../wake-up.ts'
import { eventName, eventNamespace, placeOf, type Regarding, skipEvent } from './event-object.ts'
import type { SkipEventResult } from './metrics.ts'

export type SkipEventsPorts = {
  readonly kube: Kube
  readonly resources: readonly Resource[]
  /** The name of this process, for the Events' reporting instance. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly count: (result: SkipEventResult) => void
}

/** Writes Events about skipped objects, for the users of the cluster. */
export type SkipEvents = {
  readonly notify: Notify
  /** Resolves when the signal aborts, or when the API does not allow Events; never rejects. */
  readonly done: Promise<void>
}

/** At least this time between Events (ms), to limit the load on the API when many objects are skipped. */
const spacingMs = 1_000
const requestMs = 10_000

/** At most this many skipped objects get Events; the log has all of them. */
const maxRemembered = 1_000

type Writer = {
  readonly ports: SkipEventsPorts
  readonly wakeUp: WakeUp
  readonly written: Set<string>
  waiting: Map<string, Skipped>
}

/**
 * Writes one Event for each object and reason that a round skipped. A failure is logged once for each code and
 * retried after a later round. Without permission it logs one line and writes no Events.
 */
export function startSkipEvents(ports: SkipEventsPorts): SkipEvents {
  const writer: Writer = { ports, wakeUp: createWakeUp(), written: new Set(), waiting: new Map() }
  return {
    notify: (event) => {
      if (event.kind !== 'round') return
      const skipped = event.round.snapshot.skipped.slice(0, maxRemembered)
      const now = new Map(skipped.map((skip) => [JSON.stringify(skip), skip]))
      // An object that was published in between and is skipped again gets an Event, unless the old one still exists.
      for (const id of writer.written) if (!now.has(id)) writer.written.delete(id)
      writer.waiting = new Map([...now].filter(([id]) => !writer.written.has(id)))
      if (writer.waiting.size > 0) writer.wakeUp.wake()
    },
    done: run(writer),
  }
}

async function run(writer: Writer): Promise<void> {
  const { ports } = writer
  const { log, signal, clock } = ports
  const logged = new Set<string>()
  while (!signal.aborted) {
    writer.wakeUp.isDue()
    const [next] = writer.waiting
    if (!next) {
      await writer.wakeUp.wait(Number.POSITIVE_INFINITY, clock, signal)
      continue
    }
    const [id, skip] = next
    writer.waiting.delete(id)
    try {
      ports.count(await write(ports, skip))
      writer.written.add(id)
    } catch (error) {
      if (signal.aborted) return
      const code = codeOf(error)
      ports.count('failed')
      if (!logged.has(code)) log.info('no Kubernetes Event written', { code, reason: errorText(error) })
      logged.add(code)
      if (code === 'KUBE_FORBIDDEN') return
    }
    await clock.sleep(spacingMs, signal)
  }
}

/** A code for any error: a failure here is logged and does not stop publishing. */
function codeOf(error: unknown): string {
  if (error instanceof KubeError) return error.code
  return error instanceof Error ? error.name : 'Error'
}

async function write(ports: SkipEventsPorts, skip: Skipped): Promise<SkipEventResult> {
  const { kube, clock, instance } = ports
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(requestMs)])
  const regarding = await find(ports, skip, signal)
  // The object is gone and needs no Event.
  if (!regarding) return 'exists'
  const digest = await digestOf([skip.kind, regarding.uid, skip.reason])
  const name = eventName(skip, digest)
  const event = skipEvent(skip, regarding, { name, instance, nowMs: clock.nowMs() })
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(eventNamespace(skip))}/events`
  const response = await kube.write('POST', path, event, signal)
  if (response.status === 201 || response.status === 200) {
    await textOf(response.body)
    return 'created'
  }
  const refusal = await refusalOf(response, 'create events.events.k8s.io')
  // The Event exists already: written by another replica, or before a restart.
  if (refusal.code === 'KUBE_CONFLICT') return 'exists'
  throw refusal
}

/**
 * The object's identity, which the Event needs so that `kubectl describe` shows it. It is read by a list of one object,
 * since the agent's role does not allow get. Undefined when the object does not exist.
 */
async function find(
  { kube, resources }: SkipEventsPorts,
  skip: Skipped,
  signal: AbortSignal,
): Promise<Regarding | undefined> {
  const resource = resources.find(({ kind }) => kind === skip.kind)
  if (!resource) return undefined
  const { namespace, name } = placeOf(skip)
  const slash = resource.path.lastIndexOf('/')
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const path = resource.path.slice(0, slash) + place + resource.path.slice(slash)
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}`, limit: '1' })
  const doing = `list ${resource.plural}`
  const response = await kube.get(`${path}?${query.toString()}`, signal)
  if (response.status !== 200) throw await refusalOf(response, doing)
  const [object] = listOf(fieldOf(parseAnswer(await textOf(response.body), doing), 'items'))
  const uid = fieldOf(object, 'metadata', 'uid')
  const resourceVersion = fieldOf(object, 'metadata', 'resourceVersion')
  return typeof uid === 'string' && typeof resourceVersion === 'string' ? { uid, resourceVersion } : undefined
}

async function digestOf(parts: readonly string[]): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
