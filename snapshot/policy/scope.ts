import type { Scope } from './schema.ts'

/** The namespaces that both scopes have. The result is sorted if the first one is. */
export function intersectScopes(a: Scope, b: Scope): Scope {
  if (b === 'all') return a
  if (a === 'all') return b
  const names = new Set(b)
  return a.filter((name) => names.has(name))
}
