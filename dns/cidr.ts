import { type AddressBytes, formatAddress, parseAddress } from './address.ts'

/** An address range: the first address, and the number of leading bits that are fixed. */
export type Cidr = { readonly bytes: AddressBytes; readonly bits: number }

/**
 * Text such as '10.96.0.0/16' → a range, host bits cleared; undefined when it is not one. A range of IPv4-mapped
 * IPv6 addresses is rejected: its prefix length counts from the start of the IPv6 address.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text)
  const bytes = parseAddress(match?.[1] ?? '')
  const bits = Number(match?.[2])
  const isMapped = text.includes(':') && bytes?.length === 4
  if (!bytes || isMapped || !(bits <= bytes.length * 8)) return undefined
  return { bytes: maskAddress(bytes, bits), bits }
}

/** The address with all bits after the first `bits` set to zero. */
export function maskAddress(bytes: AddressBytes, bits: number): AddressBytes {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * index))
    return byte & (0xff << (8 - kept))
  })
}

/** Whether an address is in a range; false for an address of the other family. */
export function cidrHas(cidr: Cidr, address: AddressBytes): boolean {
  const { bytes, bits } = cidr
  if (address.length !== bytes.length) return false
  // Creates no masked copy, since queries and agents check an address against many ranges.
  const whole = bits >> 3
  for (let at = 0; at < whole; at++) if (address[at] !== bytes[at]) return false
  const differing = (address[whole] ?? 0) ^ (bytes[whole] ?? 0)
  return differing >> (8 - (bits & 7)) === 0
}

/** A range as text, such as '10.96.0.0/16'. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.bytes)}/${cidr.bits}`
}
