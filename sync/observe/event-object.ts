import { microTime } from '../kube/micro-time.ts'
import type { ObjectKind, Skipped } from '../objects/skipped.ts'

/** An object that an Event is about. */
export type Regarding = { readonly uid: string; readonly resourceVersion: string }

const apiVersions: Readonly<Record<ObjectKind, string>> = {
  Namespace: 'v1',
  Service: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Pod: 'v1',
}

/** Events about what has no namespace live here. */
const clusterNamespace = 'default'

/** A note has at most 1 KiB. */
const maxNoteLength = 1_000

/** The namespace of a skipped object, '' where it has none, and its name. */
export function placeOf({ object }: Skipped): { readonly namespace: string; readonly name: string } {
  const slash = object.indexOf('/')
  return { namespace: slash < 0 ? '' : object.slice(0, slash), name: object.slice(slash + 1) }
}

/** The namespace that an Event about an object belongs into. */
export function eventNamespace(skip: Skipped): string {
  return placeOf(skip).namespace || clusterNamespace
}

/**
 * The name of the Event: the same for one object and reason, so that replicas and later starts find it there.
 * `digest` is hexadecimal, of what tells reasons apart.
 */
export function eventName(skip: Skipped, digest: string): string {
  return `${placeOf(skip)
    .name.slice(0, 200)
    .replace(/[^a-z0-9]+$/, '')}.${digest.slice(0, 16)}`
}

/** An Event of events.k8s.io/v1: a Warning on the object, with the reason why it was skipped. */
export function skipEvent(
  skip: Skipped,
  regarding: Regarding,
  terms: { readonly name: string; readonly instance: string; readonly nowMs: number },
): object {
  const { namespace, name } = placeOf(skip)
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: terms.name, namespace: eventNamespace(skip) },
    eventTime: microTime(terms.nowMs),
    reportingController: 'kubedoh/agent',
    reportingInstance: terms.instance.slice(0, 128),
    action: 'Publishing',
    reason: 'KubedohSkipped',
    type: 'Warning',
    regarding: {
      apiVersion: apiVersions[skip.kind],
      kind: skip.kind,
      name,
      ...(namespace !== '' && { namespace }),
      ...regarding,
    },
    note: `Not in DNS: ${skip.reason}`.slice(0, maxNoteLength),
  }
}
