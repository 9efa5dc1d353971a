import type { Clock } from '../clock.ts'
import type { Notify } from '../events.ts'
import type { Kube } from '../kube/client.ts'
import { KubeError } from '../kube/errors.ts'
import { textOf } from '../kube/read-body.ts'
import type { Resource } from '../kube/resources.ts'
import { parseAnswer, refusalOf } from '../kube/responses.ts'
import type { Log } from '../log.ts'
import { fieldOf, listOf } from '../objects/fields.ts'
import type { Skipped } from '../objects/skipped.ts'
import { eventName, eventNamespace, placeOf, type Regarding, skipEvent } from './event-object.ts'
import type { SkipEventResult } from './metrics.ts'

export type SkipEventsPorts = {
  readonly kube: Kube
  readonly resources: readonly Resource[]
  /** The name of this process, which the Events carry. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly count: (result: SkipEventResult) => void
}

/** Tells a cluster's own people what was skipped. */
export type SkipEvents = {
  readonly notify: Notify
  /** Resolves when the signal has aborted, or when the API does not allow Events; never rejects. */
  readonly done: Promise<void>
}

/** One Event a second at most, as a crowd of broken objects must not be a burden to the API. */
const spacingMs = 1_000
const requestMs = 10_000

/** How many skipped things are remembered and waited for; the log has all of them. */
const maxRemembered = 1_000

type Teller = {
  readonly ports: SkipEventsPorts
  readonly told: Set<string>
  waiting: Map<string, Skipped>
  wake: () => void
}

/**
 * Writes an Event for each object and reason that a round has skipped, once. What fails is logged once by its
 * code and tried again after a later round; without permission there are no Events, and one line says so.
 */
export function startSkipEvents(ports: SkipEventsPorts): SkipEvents {
  const teller: Teller = { ports, told: new Set(), waiting: new Map(), wake: () => {} }
  return {
    notify: (notice) => {
      if (notice.kind !== 'round') return
      const skipped = notice.round.snapshot.skipped.slice(0, maxRemembered)
      const now = new Map(skipped.map((skip) => [JSON.stringify(skip), skip]))
      // What came right and breaks again is news; Events of the same name are still there for a while.
      for (const id of teller.told) if (!now.has(id)) teller.told.delete(id)
      teller.waiting = new Map([...now].filter(([id]) => !teller.told.has(id)))
      if (teller.waiting.size > 0) teller.wake()
    },
    done: run(teller),
  }
}

async function run(teller: Teller): Promise<void> {
  const { ports } = teller
  const { log, signal, clock } = ports
  const logged = new Set<string>()
  while (!signal.aborted) {
    const [next] = teller.waiting
    if (!next) {
      await idle(teller)
      continue
    }
    const [id, skip] = next
    teller.waiting.delete(id)
    try {
      ports.count(await tell(ports, skip))
      teller.told.add(id)
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = describe(error)
      ports.count('failed')
      if (!logged.has(code)) log.info('no Kubernetes Event written', { code, reason: message })
      logged.add(code)
      if (code === 'KUBE_FORBIDDEN') return
    }
    await clock.sleep(spacingMs, signal)
  }
}

async function idle(teller: Teller): Promise<void> {
  const { clock, signal } = teller.ports
  const woken = new AbortController()
  teller.wake = () => woken.abort()
  await clock.sleep(Number.POSITIVE_INFINITY, AbortSignal.any([signal, woken.signal]))
}

/** Whatever goes wrong here is worth a line, and no reason to stop publishing. */
function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof KubeError) return error
  return error instanceof Error
    ? { code: error.name, message: error.message }
    : { code: 'Error', message: String(error) }
}

async function tell(ports: SkipEventsPorts, skip: Skipped): Promise<SkipEventResult> {
  const { kube, clock, instance } = ports
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(requestMs)])
  const regarding = await find(ports, skip, signal)
  // Whoever is gone needs no Event.
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
  // Its Event is there already: another replica's, or from before a restart.
  if (refusal.code === 'KUBE_CONFLICT') return 'exists'
  throw refusal
}

/**
 * The object's identity, which its Event must carry to be found by it: looked up by a list of one, which the
 * agent's role allows. Undefined when there is no such object.
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
