import { microTime } from '../kube/micro-time.ts'
import { fieldOf } from '../objects/fields.ts'

/** Who leads, as a Lease of coordination.k8s.io/v1 says it. */
export type LeaseRecord = {
  /** Changes with every write; a write names the version that it replaces. */
  readonly resourceVersion: string
  /** '' when nobody leads. */
  readonly holder: string
  /** For how long after a renewal nobody else may take it, in ms. */
  readonly durationMs: number
  /** How often the holder has changed. */
  readonly transitions: number
  /** When the holder took it, as the API writes it. */
  readonly acquireTime: string | undefined
}

/** Which Lease, and as whom. */
export type LeasePlace = { readonly namespace: string; readonly name: string; readonly identity: string }

/** A Lease as the API gives it → the record. Whatever is missing counts as: nobody leads, for no time. */
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
 * The Lease to write so that `place.identity` holds it from `nowMs` (Unix ms), or nobody where `released`. The
 * transitions count changes of the holder, so they number the leaders; a new Lease begins with 1.
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
      // The API takes whole seconds above 0.
      leaseDurationSeconds: terms.released ? 1 : Math.ceil(terms.durationMs / 1000),
      acquireTime: (isMine && before.acquireTime) || now,
      renewTime: now,
      leaseTransitions: transitionsOf(before, place.identity),
    },
  }
}

/** The number that a leader gets: one more than the leader's before. */
export function transitionsOf(before: LeaseRecord | undefined, identity: string): number {
  if (!before) return 1
  return before.holder === identity ? before.transitions : before.transitions + 1
}
