import { parseAddress } from '../../dns/address.ts'
import { policyNeed } from '../answer/needs.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { isLoopbackAddress, withoutZone } from '../limit/network.ts'
import type { Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'
import { type Caller, type DecidedView, keyOf, type Source } from './caller.ts'
import { decide, policyOf } from './source-scope.ts'

const noAddress = new Uint8Array(0)

/** The approximate memory of a remembered caller, in bytes, without its address as text. */
const callerBytes = 400

/**
 * The caller with this address (text, as a socket gives it), over a transport other than HTTP and without a token. The key
 * of its view is made of each cluster's decision about the address. The caller is remembered until a policy changes.
 */
export function sourceCaller(peer: string, edge: Edge, tasks: Tasks): Caller {
  const { access } = edge
  const known = access.sources.get(peer)
  if (known?.source && isCurrent(known.source, edge, tasks)) return known
  const caller = newCaller(peer, edge, tasks)
  access.sources.set(peer, caller, callerBytes + 2 * peer.length)
  return caller
}

/** Whether the policies of the clusters' current views are those that decided, and clusters that did not decide still have no view. */
function isCurrent({ decided }: Source, edge: Edge, tasks: Tasks): boolean {
  for (const cluster of edge.config.clusters) {
    const view = viewNow(cluster, edge, tasks)
    const before = decided.get(cluster.id)
    if (view?.mark === before?.mark) continue
    if (!view || !before || policyOf(view) !== before.policy) return false
    // As for a new decision: a policy in use is read before a root with another one is adopted.
    if (view.root.policy) edge.reader.used(view, [policyNeed(view.root)])
    decided.set(cluster.id, { mark: view.mark, policy: before.policy })
  }
  return true
}

function newCaller(peer: string, edge: Edge, tasks: Tasks): Caller {
  const { anonymous } = edge.access
  const address = parseAddress(withoutZone(peer)) ?? noAddress
  const source = { address, isLoopback: isLoopbackAddress(address) }
  const decided = new Map<string, DecidedView>()
  const parts = edge.config.clusters.map((cluster) => {
    const view = viewNow(cluster, edge, tasks)
    const decision = view && decide(source, view, edge, tasks)
    if (!decision || decision instanceof Promise || decision === 'missing') return '?'
    decided.set(cluster.id, { mark: view.mark, policy: policyOf(view) })
    return typeof decision === 'string' ? decision : String(decision.scope)
  })
  // The numbers of scopes are those of the policy in force, so a key holds for the roots of an answer only.
  const view = keyOf(`source ${parts.join(' ')}`)
  return { ...anonymous, mayForward: false, source: { ...source, decided }, view }
}

function viewNow(cluster: ClusterConfig, edge: Edge, tasks: Tasks): View | undefined {
  const view = edge.reader.view(cluster, tasks)
  return view && 'mark' in view ? view : undefined
}
