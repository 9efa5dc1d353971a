import { serviceKey } from '../../snapshot/schema.ts'
import type { Notice } from '../events.ts'
import { fieldOf } from '../objects/fields.ts'
import { identify } from '../objects/object-key.ts'
import type { ServiceEntry } from '../objects/service.ts'
import type { Store } from '../objects/store.ts'

/** What a programming time is of: CoreDNS' names. */
export const serviceKinds = ['cluster_ip', 'headless_with_selector', 'headless_without_selector'] as const

/** How long it took until a change could be read at the edge. */
export type ProgrammingTime = {
  readonly serviceKind: (typeof serviceKinds)[number]
  readonly seconds: number
}

/** Follows changes of EndpointSlices from their trigger to the root that holds them. */
export type ProgrammingTimes = {
  /** A notice → the times of the changes that it says are published. */
  take(notice: Notice): readonly ProgrammingTime[]
}

/** Where controllers write when the pod or Service changed that made them write a slice. */
const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'
const serviceLabel = 'kubernetes.io/service-name'

/** Changes that wait at most: further ones, while an edge is away, are not measured. */
const maxPending = 10_000

type Change = { readonly service: string; readonly triggerMs: number }
type Changes = Map<string, Change>
type KindOf = (service: string) => ServiceEntry['service']['kind'] | undefined

/**
 * As CoreDNS measures it (plugin/kubernetes/object/metrics.go): a slice without the annotation is passed over,
 * so a Service without selector is; so is what lists bring, being older than the agent, and a slice whose
 * Service is not known. Of several changes to one slice between two roots the first counts.
 */
export function createProgrammingTimes(): ProgrammingTimes {
  let waiting: Changes = new Map()
  let inRound: { readonly changes: Changes; readonly kindOf: KindOf } | undefined
  return {
    take: (notice) => {
      switch (notice.kind) {
        case 'event':
          note(waiting, notice)
          return []
        case 'turn':
          inRound = { changes: waiting, kindOf: kindsNow(waiting, notice.store) }
          waiting = new Map()
          return []
        case 'failed':
          // The earlier change of a slice is the one to measure.
          if (inRound) waiting = new Map([...waiting, ...inRound.changes])
          inRound = undefined
          return []
        case 'standby':
          waiting = new Map()
          return []
        case 'round': {
          const done = inRound
          inRound = undefined
          const isNew = notice.round.kind !== 'nothing' && notice.round.kind !== 'heartbeat'
          return done && isNew ? timesOf(done.changes, done.kindOf, notice.atMs) : []
        }
        default:
          return []
      }
    },
  }
}

function note(waiting: Changes, { resource, type, object }: Notice & { kind: 'event' }): void {
  if (resource.kind !== 'EndpointSlice' || type !== 'changed' || object === undefined) return
  const text = fieldOf(object, 'metadata', 'annotations', triggerAnnotation)
  const triggerMs = typeof text === 'string' ? Date.parse(text) : Number.NaN
  const service = fieldOf(object, 'metadata', 'labels', serviceLabel)
  const { key, namespace } = identify('EndpointSlice', object)
  if (Number.isNaN(triggerMs) || typeof service !== 'string') return
  if (!waiting.has(key) && waiting.size < maxPending)
    waiting.set(key, { service: serviceKey(namespace, service), triggerMs })
}

/** What the services of changes are at this moment. */
function kindsNow(changes: Changes, store: Store): KindOf {
  const kinds = new Map(
    Array.from(changes.values(), ({ service }) => [service, store.get('Service', service)?.service.kind]),
  )
  return (service) => kinds.get(service)
}

function timesOf(changes: Changes, kindOf: KindOf, atMs: number): ProgrammingTime[] {
  return [...changes.values()].flatMap(({ service, triggerMs }) => {
    const kind = kindOf(service)
    if (kind === undefined) return []
    // A clock that is ahead of ours would make it negative.
    const seconds = Math.max(0, atMs - triggerMs) / 1000
    return [{ serviceKind: kind === 'headless' ? 'headless_with_selector' : 'cluster_ip', seconds }]
  })
}
