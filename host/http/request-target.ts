/** The path and query of a request as received, the query without '?'. */
export type Target = { readonly path: string; readonly query: string }

/**
 * A request target (RFC 9112 §3.2) → path and query. The absolute form, which a server must accept, loses its scheme
 * and authority; '*' and the authority form of CONNECT become paths without a resource.
 */
export function readTarget(target: string): Target {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*\/?/i, '/')
  const mark = local.indexOf('?')
  if (mark < 0) return { path: local, query: '' }
  return { path: local.slice(0, mark), query: local.slice(mark + 1) }
}
