import { canonicalAddress } from '../../dns/address.ts'

/** The address that a pod's label spells: canonical, and whether that is how it was spelt. */
export type PodLabel = { readonly address: string; readonly isCanonical: boolean }

/**
 * A folded label → the address that it spells, or undefined when it spells none. Three dashes, no two of them
 * together, are the dots of IPv4; any others are the colons of IPv6 (CoreDNS plugin/kubernetes, findPods).
 */
export function parsePodLabel(label: string): PodLabel | undefined {
  if (!/^[0-9a-f-]+$/.test(label)) return undefined
  const isIPv4 = label.split('-').length === 4 && !label.includes('--')
  const text = label.replaceAll('-', isIPv4 ? '.' : ':')
  const address = canonicalAddress(text)
  return address === undefined ? undefined : { address, isCanonical: address === text }
}
