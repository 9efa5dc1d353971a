import type { Visible } from '../answer/visible.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'
import type { Caller } from './caller.ts'
import { visibleOf } from './scopes.ts'
import { decide } from './source-scope.ts'

/**
 * The namespaces that a caller sees in a cluster's view: those of its tokens, or those that `decide` gives to a caller
 * without a token. 'refused' if it sees none, 'missing' if the policy cannot be read now.
 */
export async function visibleTo(
  caller: Caller,
  view: View,
  edge: Edge,
  tasks: Tasks,
): Promise<Visible | 'refused' | 'missing'> {
  if (caller.grants) return caller.grants.get(view.cluster.id) ?? 'refused'
  const decision = await decide(caller.source, view, edge, tasks)
  return typeof decision === 'string' ? decision : visibleOf(decision.head, decision.scope)
}
