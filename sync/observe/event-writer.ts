import type { Clock } from '../clock.ts'
import { errorText } from '../error-text.ts'
import type { Notify } from '../events.ts'
import type { Kube } from '../kube/http/client.ts'
import { KubeError } from '../kube/http/errors.ts'
import { textOf } from '../kube/http/read-body.ts'
import { parseAnswer, refusalOf } from '../kube/http/responses.ts'
import type { PolicyPlace, Resource } from '../kube/resources.ts'
import type { Log } from '../log.ts'
import { fieldOf, listOf } from '../objects/fields.ts'
import { createWakeUp, type WakeUp } from '../wake-up.ts'
import {
  eventName,
  eventNamespace,
  type Notice,
  policyNotice,
  type Regarding,
  skipNotice,
  warningEvent,
} from './event-object.ts'
import type { SkipEventResult } from './metrics.ts'

export type SkipEventsPorts = {
  readonly kube: Kube
  /** How the objects are listed, by kind and for all namespaces. */
  readonly resources: readonly Resource[]
  /** The objects with the access policy. */
  readonly policyPlaces?: readonly PolicyPlace[]
  /** The name of this process, for the Events' reporting instance. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly count: (result: SkipEventResult) => void
}

/** Writes Events about skipped objects and a broken access policy, for the users of the cluster. */
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
  /** The notices at present, by their JSON: about skipped objects, and about the policy. */
  skips: Map<string, Notice>
  policy: Map<string, Notice>
  /** Those of them without an Event. */
  waiting: Map<string, Notice>
}

/**
 * Writes one Event for each object and reason that a round skipped, and for each object with the policy when it is
 * broken. A failure is logged once for each code and retried after a later round. Without permission it logs one line
 * and writes no Events.
 */
export function startSkipEvents(ports: SkipEventsPorts): SkipEvents {
  const writer: Writer = {
    ...{ ports, wakeUp: createWakeUp(), written: new Set<string>() },
    ...{ skips: new Map(), policy: new Map(), waiting: new Map() },
  }
  return {
    notify: (event) => {
      if (event.kind === 'policy' && event.problems.length === 0) writer.policy.clear()
      else if (event.kind === 'policy')
        writer.policy = byText((ports.policyPlaces ?? []).map((place) => policyNotice(place, event.problems)))
      else if (event.kind === 'round')
        writer.skips = byText(event.round.snapshot.skipped.slice(0, maxRemembered).map(skipNotice))
      else return
      refill(writer)
    },
    done: run(writer),
  }
}

function byText(notices: readonly Notice[]): Map<string, Notice> {
  return new Map(notices.map((notice) => [JSON.stringify(notice), notice]))
}

function refill(writer: Writer): void {
  const { written, policy, skips, wakeUp } = writer
  const now = new Map([...policy, ...skips])
  // An object that was published in between and is skipped again gets an Event, unless the old one still exists.
  for (const id of written) if (!now.has(id)) written.delete(id)
  writer.waiting = new Map([...now].filter(([id]) => !written.has(id)))
  if (writer.waiting.size > 0) wakeUp.wake()
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
    const [id, notice] = next
    writer.waiting.delete(id)
    try {
      ports.count(await write(ports, notice))
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

async function write(ports: SkipEventsPorts, notice: Notice): Promise<SkipEventResult> {
  const { kube, clock, instance } = ports
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(requestMs)])
  const regarding = await find(ports, notice, signal)
  // The object is gone and needs no Event.
  if (!regarding) return 'exists'
  const digest = await digestOf([notice.kind, regarding.uid, notice.note])
  const name = eventName(notice, digest)
  const event = warningEvent(notice, regarding, { name, instance, nowMs: clock.nowMs() })
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(eventNamespace(notice))}/events`
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
  { kind, namespace, name }: Notice,
  signal: AbortSignal,
): Promise<Regarding | undefined> {
  const resource = resources.find((each) => each.kind === kind)
  if (!resource) return undefined
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
