import { parseAddress } from '../../dns/address.ts'
import { maxNameBytes, maxZoneBytes } from '../../dns/limits.ts'
import { fold, isNameText } from '../../dns/name.ts'
import type { Reason } from './skipped.ts'

/** The stored form of a target that is the native domain itself. */
const apexTarget = '@'

/**
 * The `externalName` of a Service → the target as a snapshot stores it. A target below the cluster's native domain
 * (`domain`, folded, without final dot) is stored relative to that domain and without final dot, so that it follows
 * the zone of the question; any other target is stored absolute, with a final dot. Upper case is kept.
 * Returns a reason for an illegal name and for an IP address, for which CoreDNS answers NXDOMAIN
 * (plugin/kubernetes, findServices).
 */
export function externalTarget(
  externalName: string,
  domain: string,
): { readonly target: string } | { readonly reason: Reason } {
  const refuse = (problem: string): { readonly reason: Reason } => ({
    reason: { cause: 'external_name', text: `externalName ${JSON.stringify(externalName)} ${problem}` },
  })
  if (parseAddress(externalName))
    return refuse(
      'is an IP address, not a name; put addresses into an EndpointSlice of a Service without selector',
    )
  const bare = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName
  if (bare === '' || !isNameText(bare)) return refuse('is not a DNS name')
  const folded = fold(bare)
  if (folded === domain) return { target: apexTarget }
  if (!folded.endsWith(`.${domain}`)) return { target: `${bare}.` }
  const target = bare.slice(0, -(domain.length + 1))
  // On the wire a relative name has one length byte more than its text has bytes; the zone includes the root's byte.
  if (target.length + 1 + maxZoneBytes > maxNameBytes)
    return refuse(`is too long: in a zone of ${maxZoneBytes} bytes it would exceed ${maxNameBytes} bytes`)
  return { target }
}
