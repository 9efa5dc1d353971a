/** Where a request goes: path and query as they came, the query without '?'. */
export type Target = { readonly path: string; readonly query: string }

/**
 * A request target (RFC 9112 §3.2) → path and query. The absolute form, which a server must take, loses its
 * scheme and authority; '*' and the authority form of CONNECT are paths that nothing is served at.
 */
export function readTarget(target: string): Target {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*\/?/i, '/')
  const mark = local.indexOf('?')
  if (mark < 0) return { path: local, query: '' }
  return { path: local.slice(0, mark), query: local.slice(mark + 1) }
}
