import { canonicalAddress } from '../../dns/address.ts'

/** The canonical address of a pod's label, and whether the label spells it canonically. */
export type PodLabel = { readonly address: string; readonly isCanonical: boolean }

/**
 * A folded label → its address, or undefined when it is not an address. Exactly three dashes, no two of them adjacent,
 * are the dots of IPv4. Otherwise dashes are the colons of IPv6 (CoreDNS plugin/kubernetes, findPods).
 */
export function parsePodLabel(label: string): PodLabel | undefined {
  if (!/^[0-9a-f-]+$/.test(label)) return undefined
  const isIPv4 = label.split('-').length === 4 && !label.includes('--')
  const text = label.replaceAll('-', isIPv4 ? '.' : ':')
  const address = canonicalAddress(text)
  return address === undefined ? undefined : { address, isCanonical: address === text }
}
