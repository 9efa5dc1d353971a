import type { PolicyHead, ScopeIndex } from '../../snapshot/policy/schema.ts'
import type { Visible } from '../answer/visible.ts'

const noNamespaces: Visible = new Set()

/** The sets of each policy's scopes, made when one is first used. */
const setsOf = new WeakMap<PolicyHead, Map<ScopeIndex, Visible>>()

/** A scope of a policy as a set. A position that the table does not have is an empty scope. */
export function visibleOf(head: PolicyHead, index: ScopeIndex): Visible {
  const sets = setsOf.get(head) ?? new Map<ScopeIndex, Visible>()
  setsOf.set(head, sets)
  const known = sets.get(index)
  if (known) return known
  const scope = head.scopes[index]
  const visible = scope === undefined ? noNamespaces : scope === 'all' ? scope : new Set(scope)
  sets.set(index, visible)
  return visible
}

/** The namespaces of both: the tokens of one cluster unite their scopes. */
export function unite(a: Visible, b: Visible): Visible {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b])
}
