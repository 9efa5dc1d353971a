import { parseAddress } from '../../dns/address.ts'
import { maxNameBytes, maxZoneBytes } from '../../dns/limits.ts'
import { fold, isNameText } from '../../dns/name.ts'

/** What a target below the native domain is stored as when it is that domain itself. */
const apexTarget = '@'

/**
 * The `externalName` of a Service → the target as a snapshot stores it: below the cluster's native domain
 * (`domain`, folded, without final dot) relative to it and without final dot, so that it follows the zone that
 * is asked; everything else absolute, with a final dot. Upper case stays.
 * What is no legal name has a reason instead. So has what looks like an address: CoreDNS answers NXDOMAIN
 * for it (plugin/kubernetes, findServices).
 */
export function externalTarget(
  externalName: string,
  domain: string,
): { readonly target: string } | { readonly reason: string } {
  const shown = JSON.stringify(externalName)
  if (parseAddress(externalName)) return { reason: `externalName ${shown} is an address, not a name` }
  const bare = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName
  if (bare === '' || !isNameText(bare)) return { reason: `externalName ${shown} is not a DNS name` }
  const folded = fold(bare)
  if (folded === domain) return { target: apexTarget }
  if (!folded.endsWith(`.${domain}`)) return { target: `${bare}.` }
  const target = bare.slice(0, -(domain.length + 1))
  // One length byte more than the text has; the zone brings the root's.
  if (target.length + 1 + maxZoneBytes > maxNameBytes) {
    return { reason: `externalName ${shown} is too long to be written in a zone of ${maxZoneBytes} bytes` }
  }
  return { target }
}
