import { canonicalAddress } from '../../dns/address.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { identify } from './object-key.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A pod's namespace and its canonical addresses: all that its names say. */
export type PodEntry = { readonly namespace: string; readonly addresses: readonly string[] }

/** A pod in one of these phases has given its address back; see the selector in resource.ts. */
export const endedPhases: readonly string[] = ['Succeeded', 'Failed', 'Unknown']

/**
 * A Pod → its entry: the addresses of `status.podIPs`, one of each family (CoreDNS plugin/kubernetes/object/pod.go
 * since 1.15), or `status.podIP` where an object has only that. Without an address yet, or ended, it has no name,
 * which is no fault; one that terminates keeps its name until it is gone. Never throws.
 */
export function reducePod(object: unknown): Reduced<PodEntry> {
  const { key, namespace, problem } = identify('Pod', object)
  if (problem) return reduced('Pod', key, { reasons: [problem] })
  const phase = fieldOf(object, 'status', 'phase')
  if (endedPhases.some((ended) => ended === phase)) return reduced('Pod', key, {})
  const reasons: string[] = []
  const addresses = textsOf(object).flatMap((text) => {
    const address = typeof text === 'string' ? canonicalAddress(text) : undefined
    if (address === undefined) reasons.push(`pod IP ${show(text)} is no IP address`)
    return address ?? []
  })
  return reduced(
    'Pod',
    key,
    addresses.length > 0 ? { entry: { namespace, addresses }, reasons } : { reasons },
  )
}

function textsOf(object: unknown): readonly unknown[] {
  const all = listOf(fieldOf(object, 'status', 'podIPs')).map((item) => fieldOf(item, 'ip') ?? '')
  const texts = all.length > 0 ? all : [fieldOf(object, 'status', 'podIP') ?? '']
  return texts.filter((text) => text !== '')
}
