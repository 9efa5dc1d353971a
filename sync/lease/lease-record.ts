import { microTime } from '../kube/micro-time.ts'
import { fieldOf } from '../objects/fields.ts'

/** The fields in use of a Lease of coordination.k8s.io/v1. */
export type LeaseRecord = {
  /** Changes with every write; a write names the version that it replaces. */
  readonly resourceVersion: string
  /** '' when there is no leader. */
  readonly holder: string
  /** For how long after a renewal no other replica may take the Lease (ms). */
  readonly durationMs: number
  /** How often the holder has changed. */
  readonly transitions: number
  /** When the holder took the Lease, as MicroTime text. */
  readonly acquireTime: string | undefined
}

/** A Lease, and the identity of this replica. */
export type LeasePlace = { readonly namespace: string; readonly name: string; readonly identity: string }

/** A Lease as the API sends it → the record. Missing fields mean no holder and a duration of 0. */
export function readLease(object: unknown): LeaseRecord {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const number = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)
  return {
    resourceVersion: text(fieldOf(object, 'metadata', 'resourceVersion')),
    holder: text(fieldOf(object, 'spec', 'holderIdentity')),
    durationMs: number(fieldOf(object, 'spec', 'leaseDurationSeconds')) * 1000,
    transitions: number(fieldOf(object, 'spec', 'leaseTransitions')),
    acquireTime: text(fieldOf(object, 'spec', 'acquireTime')) || undefined,
  }
}

/**
 * The Lease to write so that `place.identity` holds it from `nowMs` (Unix ms), or without a holder where `released`.
 * The transitions count changes of the holder and serve as the term; a new Lease begins with 1.
 */
export function writeLease(
  before: LeaseRecord | undefined,
  place: LeasePlace,
  terms: { readonly nowMs: number; readonly durationMs: number; readonly released?: boolean },
): object {
  const now = microTime(terms.nowMs)
  const isMine = before?.holder === place.identity
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: place.name,
      namespace: place.namespace,
      ...(before && { resourceVersion: before.resourceVersion }),
    },
    spec: {
      holderIdentity: terms.released ? '' : place.identity,
      // The API accepts whole seconds above 0 only.
      leaseDurationSeconds: terms.released ? 1 : Math.ceil(terms.durationMs / 1000),
      acquireTime: (isMine && before.acquireTime) || now,
      renewTime: now,
      leaseTransitions: transitionsOf(before, place.identity),
    },
  }
}

/** The term of a leader: one more than the previous leader's. */
export function transitionsOf(before: LeaseRecord | undefined, identity: string): number {
  if (!before) return 1
  return before.holder === identity ? before.transitions : before.transitions + 1
}
