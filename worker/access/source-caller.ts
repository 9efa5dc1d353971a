import { parseAddress } from '../../dns/address.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { isLoopbackAddress, withoutZone } from '../limit/network.ts'
import type { Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'
import type { KnownSource } from './access.ts'
import { type Caller, keyOf, type Source } from './caller.ts'
import { decide } from './source-scope.ts'

const noAddress = new Uint8Array(0)
const nothingDecided: ReadonlySet<string> = new Set()

/** The approximate memory of a remembered address, in bytes, without its text. */
const knownBytes = 400

/**
 * The caller with this address (text, as a socket gives it), over a transport other than HTTP and without a token. Its
 * view's key has what each cluster's policy gives to the address; with the same roots it is remembered.
 */
export function sourceCaller(peer: string, edge: Edge, tasks: Tasks): Caller {
  const { access, config } = edge
  const known = access.sources.get(peer)
  if (known && isCurrent(known, edge, tasks)) return known.caller
  const address = parseAddress(withoutZone(peer)) ?? noAddress
  const source: Source = { address, isLoopback: isLoopbackAddress(address), decided: nothingDecided }
  const caller: Caller = { ...access.anonymous, source, mayForward: false }
  const decided = new Set<string>()
  const marks: KnownSource['marks'][number][] = []
  const parts = config.clusters.map((cluster) => {
    const view = viewNow(cluster, edge, tasks)
    const decision = view && decide(caller, view, edge, tasks)
    const isKnown = decision !== undefined && !(decision instanceof Promise) && decision !== 'missing'
    marks.push(isKnown ? view?.mark : undefined)
    if (!isKnown) return '?'
    decided.add(cluster.id)
    return typeof decision === 'string' ? decision : String(decision.scope)
  })
  // The numbers of scopes are those of the policy in force, so a key holds for the roots of an answer only.
  const whole = { ...caller, source: { ...source, decided }, view: keyOf(`source ${parts.join(' ')}`) }
  access.sources.set(peer, { caller: whole, marks }, knownBytes + 2 * peer.length)
  return whole
}

function isCurrent({ marks }: KnownSource, edge: Edge, tasks: Tasks): boolean {
  return edge.config.clusters.every(
    (cluster, at) => marks[at] !== undefined && viewNow(cluster, edge, tasks)?.mark === marks[at],
  )
}

function viewNow(cluster: ClusterConfig, edge: Edge, tasks: Tasks): View | undefined {
  const view = edge.reader.view(cluster, tasks)
  return view && 'mark' in view ? view : undefined
}
