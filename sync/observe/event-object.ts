import { microTime } from '../kube/micro-time.ts'
import type { PolicyKind, PolicyPlace } from '../kube/resources.ts'
import type { ObjectKind, Skipped } from '../objects/skipped.ts'

/** The identity of the object that an Event is about. */
export type Regarding = { readonly uid: string; readonly resourceVersion: string }

/** The object that an Event is about, and the Event's text. */
export type Notice = {
  readonly kind: ObjectKind | PolicyKind
  /** '' for an object without a namespace. */
  readonly namespace: string
  readonly name: string
  readonly reason: 'KubedohSkipped' | 'KubedohPolicyBroken'
  readonly note: string
}

const apiVersions: Readonly<Record<Notice['kind'], string>> = {
  Namespace: 'v1',
  Service: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Pod: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
}

/** The namespace of Events about objects without a namespace. */
const clusterNamespace = 'default'

/** The API limits a note to 1 KiB. */
const maxNoteLength = 1_000

/** A skipped object, and why it is not published. */
export function skipNotice({ kind, object, reason }: Skipped): Notice {
  const slash = object.indexOf('/')
  const place = { namespace: slash < 0 ? '' : object.slice(0, slash), name: object.slice(slash + 1) }
  return { kind, ...place, reason: 'KubedohSkipped', note: `Not in DNS: ${reason}` }
}

/** An object with an access policy that cannot be used. `problems` has at least one line. */
export function policyNotice(place: PolicyPlace, problems: readonly string[]): Notice {
  const note = `The last good access policy stays in force: ${problems.join('; ')}`
  return { ...place, reason: 'KubedohPolicyBroken', note }
}

/** The namespace of an Event. */
export function eventNamespace({ namespace }: Notice): string {
  return namespace || clusterNamespace
}

/**
 * The name of an Event. It is the same for the same object and note, so that another replica or a restarted agent
 * creates no second Event. `digest` is the hexadecimal digest of kind, uid and note.
 */
export function eventName({ name }: Notice, digest: string): string {
  return `${name.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${digest.slice(0, 16)}`
}

/** An Event of events.k8s.io/v1: a Warning about the object. */
export function warningEvent(
  notice: Notice,
  regarding: Regarding,
  terms: { readonly name: string; readonly instance: string; readonly nowMs: number },
): object {
  const { kind, namespace, name, reason, note } = notice
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: terms.name, namespace: eventNamespace(notice) },
    eventTime: microTime(terms.nowMs),
    reportingController: 'kubedoh/agent',
    reportingInstance: terms.instance.slice(0, 128),
    action: 'Publishing',
    reason,
    type: 'Warning',
    regarding: {
      apiVersion: apiVersions[kind],
      kind,
      name,
      ...(namespace !== '' && { namespace }),
      ...regarding,
    },
    note: note.slice(0, maxNoteLength),
  }
}
