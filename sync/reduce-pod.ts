import { canonicalAddress } from '../dns/address.ts'
import { fieldOf, show } from './loose.ts'
import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A pod's namespace and its canonical address: all that its name says. */
export type PodEntry = { readonly namespace: string; readonly address: string }

/** A pod in one of these phases has given its address back; see the selector in resource.ts. */
export const endedPhases: readonly string[] = ['Succeeded', 'Failed', 'Unknown']

/**
 * A Pod → its entry: `status.podIP` alone, not the further ones of `podIPs` (CoreDNS
 * plugin/kubernetes/object/pod.go). Without an address yet, or ended, it has no name, which is no fault; one
 * that terminates keeps its name until it is gone. Never throws.
 */
export function reducePod(object: unknown): Reduced<PodEntry> {
  const { key, namespace, problem } = identify('Pod', object)
  if (problem) return reduced('Pod', key, { reasons: [problem] })
  const text = fieldOf(object, 'status', 'podIP') ?? ''
  const phase = fieldOf(object, 'status', 'phase')
  if (text === '' || endedPhases.some((ended) => ended === phase)) return reduced('Pod', key, {})
  const address = typeof text === 'string' ? canonicalAddress(text) : undefined
  return address === undefined
    ? reduced('Pod', key, { reasons: [`pod IP ${show(text)} is no IP address`] })
    : reduced('Pod', key, { entry: { namespace, address } })
}
