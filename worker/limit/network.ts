import { type AddressBytes, formatAddress, parseAddress, parseIPv6 } from '../../dns/address.ts'
import { cidrHas } from '../../dns/cidr.ts'

/** RFC 4291 §2.5.6. */
const linkLocal = { bytes: parseIPv6('fe80::') ?? new Uint8Array(16), bits: 10 }

/**
 * An IP address → the network that limits count: the IPv4 address, or the IPv6 /64, since one host usually has a whole
 * /64. Link-local addresses share one /64, so each is counted alone. An IPv4-mapped IPv6 address is IPv4.
 *
 * Undefined for addresses that are not counted: loopback, because a proxy on the same machine sends the requests of all
 * of its clients from there, and text with a colon that is not an address. Other text counts as a network of that name.
 */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  if (!address.includes(':')) return address.startsWith('127.') ? undefined : address
  if (known.has(address)) return known.get(address)
  const network = networkOfIPv6(address)
  if (known.size >= maxKnown) known.clear()
  known.set(address, network)
  return network
}

/** The networks of texts with a colon: reading such a text costs as much as a twentieth of a query. */
const known = new Map<string, string | undefined>()
const maxKnown = 4_096

function networkOfIPv6(address: string): string | undefined {
  const bytes = parseAddress(withoutZone(address))
  if (!bytes) return undefined
  if (isLoopbackAddress(bytes)) return undefined
  if (bytes.length === 4) return formatAddress(bytes)
  const isLinkLocal = cidrHas(linkLocal, bytes)
  return isLinkLocal
    ? formatAddress(bytes)
    : `${formatAddress(bytes.map((byte, at) => (at < 8 ? byte : 0)))}/64`
}

/** Whether an address is in 127.0.0.0/8 or is ::1 (RFC 6890 §2.2). */
export function isLoopbackAddress(address: AddressBytes): boolean {
  if (address.length === 4) return address[0] === 127
  return address.length === 16 && address.every((byte, at) => byte === (at === 15 ? 1 : 0))
}

/** Address text without its zone (RFC 4007 §11), which Node adds to link-local addresses: 'fe80::1%eth0'. */
export function withoutZone(address: string): string {
  const zoneAt = address.indexOf('%')
  return zoneAt < 0 ? address : address.slice(0, zoneAt)
}
