import { type AddressBytes, parseAddress } from './address.ts'

/** An address range: the first address and how many leading bits it fixes. */
export type Cidr = { readonly bytes: AddressBytes; readonly bits: number }

/**
 * Text such as '10.96.0.0/16' → a range, host bits cleared; undefined when it is none. A range of IPv4-mapped
 * IPv6 addresses is none: its bits would count from another place.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text)
  const bytes = parseAddress(match?.[1] ?? '')
  const bits = Number(match?.[2])
  const isMapped = text.includes(':') && bytes?.length === 4
  if (!bytes || isMapped || !(bits <= bytes.length * 8)) return undefined
  return { bytes: maskAddress(bytes, bits), bits }
}

/** The address with everything behind its first `bits` bits set to zero. */
export function maskAddress(bytes: AddressBytes, bits: number): AddressBytes {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * index))
    return byte & (0xff << (8 - kept))
  })
}

/** Does the range hold the address? Families never mix. */
export function cidrHas(cidr: Cidr, address: AddressBytes): boolean {
  if (address.length !== cidr.bytes.length) return false
  const masked = maskAddress(address, cidr.bits)
  return masked.every((byte, index) => byte === cidr.bytes[index])
}
