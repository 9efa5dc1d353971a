import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { Caller } from './caller.ts'
import { type Decision, decide } from './source-scope.ts'

/**
 * Whether a caller over HTTP has no token and the edge is not public. Every response to such a caller only says that it
 * needs a token. Over the other transports a malformed query always gets its rcode.
 */
export function isStranger({ grants, source }: Caller, { config }: Edge): boolean {
  return grants === undefined && !source && !config.public
}

/** The rights of a caller outside the zones. A stranger is refused whatever the name is. */
export type RightsOutside = { readonly isStranger: boolean; readonly mayForward: boolean }

/**
 * The rights of a caller for names outside the zones. A caller that is known by its address is a stranger unless a cluster
 * admits it; forwarding then follows from the configuration or from `forward` of its network, so the edge is never an open
 * resolver. Waits for a policy that is not in memory only if no other cluster admits the caller.
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
