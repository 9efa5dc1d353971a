import { serviceKey } from '../../snapshot/schema.ts'
import type { AgentEvent } from '../events.ts'
import { fieldOf } from '../objects/fields.ts'
import { identify } from '../objects/object-key.ts'
import type { ServiceEntry } from '../objects/service.ts'
import type { Store } from '../objects/store.ts'

/** The kinds of Service in CoreDNS' metric. */
export const serviceKinds = ['cluster_ip', 'headless_with_selector', 'headless_without_selector'] as const

/** The time from a change to its publication at the edge. */
export type ProgrammingTime = {
  readonly serviceKind: (typeof serviceKinds)[number]
  readonly seconds: number
}

/** Follows changes of EndpointSlices from their trigger to the root that has them. */
export type ProgrammingLatency = {
  /** Takes an event and returns the times of the changes that it reports as published. */
  take(event: AgentEvent): readonly ProgrammingTime[]
}

/** The annotation with the time of the pod's or Service's change that caused the slice's change. */
const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'
const serviceLabel = 'kubernetes.io/service-name'

/** At most this many unpublished changes are measured while an edge is unreachable. */
const maxPending = 10_000

type Trigger = { readonly service: string; readonly triggerMs: number }
type Triggers = Map<string, Trigger>
type KindOf = (service: string) => ServiceEntry['service']['kind'] | undefined

/**
 * Measures as CoreDNS does (plugin/kubernetes/object/metrics.go). Not measured: slices without the annotation, such as
 * those of Services without selector; objects from lists, which are older than the agent; slices of unknown
 * Services. Of several changes to a slice between two roots, the first counts.
 */
export function createProgrammingLatency(): ProgrammingLatency {
  let waiting: Triggers = new Map()
  let inRound: { readonly triggers: Triggers; readonly kindOf: KindOf } | undefined
  return {
    take: (event) => {
      switch (event.kind) {
        case 'event':
          note(waiting, event)
          return []
        case 'round-start':
          inRound = { triggers: waiting, kindOf: kindsNow(waiting, event.store) }
          waiting = new Map()
          return []
        case 'failed':
          // The earlier change of a slice is measured.
          if (inRound) waiting = new Map([...waiting, ...inRound.triggers])
          inRound = undefined
          return []
        case 'standby':
          waiting = new Map()
          return []
        case 'round': {
          const done = inRound
          inRound = undefined
          const isNew = event.round.kind !== 'nothing' && event.round.kind !== 'heartbeat'
          return done && isNew ? timesOf(done.triggers, done.kindOf, event.atMs) : []
        }
        default:
          return []
      }
    },
  }
}

function note(waiting: Triggers, { resource, type, object }: AgentEvent & { kind: 'event' }): void {
  if (resource.kind !== 'EndpointSlice' || type !== 'changed' || object === undefined) return
  const text = fieldOf(object, 'metadata', 'annotations', triggerAnnotation)
  const triggerMs = typeof text === 'string' ? Date.parse(text) : Number.NaN
  const service = fieldOf(object, 'metadata', 'labels', serviceLabel)
  const { key, namespace } = identify('EndpointSlice', object)
  if (Number.isNaN(triggerMs) || typeof service !== 'string') return
  if (!waiting.has(key) && waiting.size < maxPending)
    waiting.set(key, { service: serviceKey(namespace, service), triggerMs })
}

/** The present kinds of the changed Services. */
function kindsNow(triggers: Triggers, store: Store): KindOf {
  const kinds = new Map(
    Array.from(triggers.values(), ({ service }) => [service, store.get('Service', service)?.service.kind]),
  )
  return (service) => kinds.get(service)
}

function timesOf(triggers: Triggers, kindOf: KindOf, atMs: number): ProgrammingTime[] {
  return [...triggers.values()].flatMap(({ service, triggerMs }) => {
    const kind = kindOf(service)
    if (kind === undefined) return []
    // The trigger's clock may be ahead of the agent's.
    const seconds = Math.max(0, atMs - triggerMs) / 1000
    return [{ serviceKind: kind === 'headless' ? 'headless_with_selector' : 'cluster_ip', seconds }]
  })
}
