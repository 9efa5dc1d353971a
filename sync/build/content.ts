import type { Content, Root } from '../../snapshot/schema.ts'

/** A root without what publishing added. A field that this code does not know is not content. */
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
 * Would readers answer the same from both? Blobs are canonical and named by their hashes, so permuted
 * endpoints, a relist or a restart leave the content the same; the order of an object's fields says nothing.
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
