import { microTime } from '../kube/micro-time.ts'
import type { ObjectKind, Skipped } from '../objects/skipped.ts'

/** The identity of the object that an Event is about. */
export type Regarding = { readonly uid: string; readonly resourceVersion: string }

const apiVersions: Readonly<Record<ObjectKind, string>> = {
  Namespace: 'v1',
  Service: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Pod: 'v1',
}

/** The namespace of Events about objects without a namespace. */
const clusterNamespace = 'default'

/** The API limits a note to 1 KiB. */
const maxNoteLength = 1_000

/** The namespace of a skipped object ('' when it has none) and its name. */
export function placeOf({ object }: Skipped): { readonly namespace: string; readonly name: string } {
  const slash = object.indexOf('/')
  return { namespace: slash < 0 ? '' : object.slice(0, slash), name: object.slice(slash + 1) }
}

/** The namespace of an Event about a skipped object. */
export function eventNamespace(skip: Skipped): string {
  return placeOf(skip).namespace || clusterNamespace
}

/**
 * The name of the Event. It is the same for the same object and reason, so that another replica or a restarted agent
 * creates no second Event. `digest` is the hexadecimal digest of kind, uid and reason.
 */
export function eventName(skip: Skipped, digest: string): string {
  return `${placeOf(skip)
    .name.slice(0, 200)
    .replace(/[^a-z0-9]+$/, '')}.${digest.slice(0, 16)}`
}

/** An Event of events.k8s.io/v1: a Warning about the object, with the reason why it was skipped. */
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
