import { fold, type Name } from '../../dns/name.ts'
import { reverseTop } from '../../dns/reverse.ts'
import type { Place } from './zone.ts'

/** The subject of a query, for metrics and the audit log. */
export type Subject = {
  /**
   * The configured zone of the name, folded; in-addr.arpa or ip6.arpa for a reverse name in a cluster's range or in a private
   * one. Undefined for all other names.
   */
  readonly zone: Name | undefined
  /** Undefined if the question could not be read. */
  readonly type: number | undefined
}

/** The subject of a query whose question could not be read. */
export const unreadSubject: Subject = { zone: undefined, type: undefined }

/** The subject of a query for a type at a place. */
export function subjectOf(place: Place, type: number): Subject {
  if (place.kind === 'outside') return { zone: undefined, type }
  const zone = fold(place.zone)
  return { zone: reverseTop(zone) ?? zone, type }
}
