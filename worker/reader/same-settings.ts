import type { SignedRoot } from '../../snapshot/schema.ts'

type Settings = Pick<SignedRoot, 'ttl' | 'pods' | 'namespaces' | 'endpoints'>

/**
 * Whether answers from two roots of one cluster can differ only by their blobs, by the SOA serial, by age and by the access
 * policy: TTL, pod mode, the list of namespaces in the root, and whether endpoints have names are the same. A list of
 * namespaces in a blob is no setting, because look-ups need that blob.
 */
export function hasSameSettings(one: Settings, other: Settings): boolean {
  if (one.ttl !== other.ttl || one.pods !== other.pods) return false
  if ((one.endpoints === null) !== (other.endpoints === null)) return false
  return hasSameList(one.namespaces, other.namespaces)
}

function hasSameList(one: Settings['namespaces'], other: Settings['namespaces']): boolean {
  if ('blob' in one || 'blob' in other) return 'blob' in one && 'blob' in other
  return one.length === other.length && one.every((namespace, at) => namespace === other[at])
}
