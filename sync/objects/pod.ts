import { canonicalAddress } from '../../dns/address.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { identify } from './object-key.ts'
import { type Reason, type Reduced, reduced } from './skipped.ts'

/** A pod's namespace and its canonical addresses: all data that its names depend on. */
export type PodEntry = { readonly namespace: string; readonly addresses: readonly string[] }

/** A pod in one of these phases no longer has its address. The API server is asked to leave such pods out. */
export const endedPhases: readonly string[] = ['Succeeded', 'Failed', 'Unknown']

/**
 * A Pod → its entry: the addresses of `status.podIPs`, one of each family (CoreDNS plugin/kubernetes/object/pod.go
 * since 1.15), or `status.podIP` in objects that have only that. A pod that has no address yet or has ended has no
 * name, and this is not a reason to report it. A terminating pod keeps its name until it is deleted. Never throws.
 */
export function reducePod(object: unknown): Reduced<PodEntry> {
  const { key, namespace, problem } = identify('Pod', object)
  if (problem) return reduced('Pod', key, { reasons: [problem] })
  const phase = fieldOf(object, 'status', 'phase')
  if (endedPhases.some((ended) => ended === phase)) return reduced('Pod', key, {})
  const reasons: Reason[] = []
  const addresses = textsOf(object).flatMap((text) => {
    const address = typeof text === 'string' ? canonicalAddress(text) : undefined
    if (address === undefined)
      reasons.push({ cause: 'pod_ip', text: `pod IP ${show(text)} is not an IP address` })
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
