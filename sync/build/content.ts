import type { Content, Root } from '../../snapshot/schema.ts'

/** The content of a root, without the fields that publishing adds. Unknown fields are not content. */
export function contentOf(root: Root): Content {
  return {
    domain: root.domain,
    static: root.static,
    staleAfterMs: root.staleAfterMs,
    expiresAfterMs: root.expiresAfterMs,
    ttl: root.ttl,
    pods: root.pods,
    namespaces: root.namespaces,
    policy: root.policy,
    services: root.services,
    reverse: root.reverse,
    endpoints: root.endpoints,
    endpointReverse: root.endpointReverse,
    podAddresses: root.podAddresses,
  }
}

/**
 * Whether readers give the same answers from both contents. Blobs are canonical and named by their hashes, so the
 * content stays the same when endpoints are permuted, or after a relist or restart. The order of fields is ignored.
 */
export function sameContent(a: Content, b: Content): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return fields.map(([name, field]) => [name, ordered(field)])
}
