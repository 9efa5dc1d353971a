import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { Caller } from './caller.ts'
import { type Decision, decide } from './source-scope.ts'

/**
 * Whether a caller over HTTP has no token and the edge is not public: it then hears nothing but that it needs a token.
 * Over the other transports a malformed query always gets its rcode.
 */
export function isStranger({ grants, source }: Caller, { config }: Edge): boolean {
  return grants === undefined && !source && !config.public
}

/** What a caller may have outside the zones: nothing at all, a refusal by name, or names resolved by upstream. */
export type RightsOutside = { readonly isStranger: boolean; readonly mayForward: boolean }

/**
 * The rights of a caller for names outside the zones. A caller that is known by its address has them if a cluster admits
 * it, and then forwarding by the configuration or by the `forward` of its network: an edge is never an open resolver.
 * A cluster whose policy is not in memory is waited for only if no other one admits the caller.
 */
export async function rightsOutside(caller: Caller, edge: Edge, tasks: Tasks): Promise<RightsOutside> {
  if (!caller.source) return { isStranger: isStranger(caller, edge), mayForward: caller.mayForward }
  const decisions: Decision[] = []
  const late: Promise<Decision>[] = []
  for (const cluster of edge.config.clusters) {
    const decision = decisionOf(caller, cluster, edge, tasks)
    if (decision instanceof Promise) late.push(decision)
    else decisions.push(decision)
  }
  if (!decisions.some(isAdmitted)) decisions.push(...(await Promise.all(late)))
  const admitting = decisions.filter(isAdmitted)
  if (admitting.length === 0) return { isStranger: true, mayForward: false }
  const isForwarded = admitting.some((decision) => typeof decision !== 'string' && decision.forward)
  return { isStranger: false, mayForward: edge.access.anonymous.mayForward || isForwarded }
}

function decisionOf(
  caller: Caller,
  cluster: ClusterConfig,
  edge: Edge,
  tasks: Tasks,
): Decision | Promise<Decision> {
  const view = edge.reader.view(cluster, tasks)
  if (view instanceof Promise)
    return view.then((found) => (found ? decide(caller.source, found, edge, tasks) : 'missing'))
  return view ? decide(caller.source, view, edge, tasks) : 'missing'
}

function isAdmitted(decision: Decision): boolean {
  return decision !== 'refused' && decision !== 'missing'
}
