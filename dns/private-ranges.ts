import type { AddressBytes } from './address.ts'
import { type Cidr, cidrHas, parseCidr } from './cidr.ts'

/**
 * The address ranges that have no names in the public DNS: RFC 6303 §4, RFC 6598 (100.64.0.0/10), and all of RFC 4193
 * (fc00::/7). Their reverse names must not be sent to public resolvers.
 */
export const privateRanges: readonly Cidr[] = [
  '0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24',
  '255.255.255.255/32 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10',
  '::/128 ::1/128 fc00::/7 fe80::/10 2001:db8::/32',
].flatMap((line) => line.split(' ').flatMap((text) => parseCidr(text) ?? []))

/** Whether an address is in one of the private ranges. Every other address is public: someone owns its reverse name. */
export function isPrivateAddress(bytes: AddressBytes): boolean {
  return privateRanges.some((range) => cidrHas(range, bytes))
}
