import { formatAddress } from '../address.ts'
import { u16 } from '../uint.ts'

/** Bytes of an address by address family: 1 is IPv4, 2 is IPv6 (RFC 3123 §4). */
const addressBytes: Readonly<Record<number, 4 | 16>> = { 1: 4, 2: 16 }

/**
 * The prefixes of an APL record in wire form → '1:192.168.32.0/21 !1:192.168.38.0/28', '' when there is none
 * (RFC 3123 §5); undefined when they are malformed: an unknown family, a prefix longer than the address, trailing zero
 * bytes in an address, which must be left out.
 */
export function addressPrefixesText(bytes: Uint8Array): string | undefined {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const [family, prefix = 0, flags = 0] = [u16(bytes, at), bytes[at + 2], bytes[at + 3]]
    const end = at + 4 + (flags & 0x7f)
    const length = addressBytes[family]
    const part = bytes.subarray(at + 4, end)
    if (!length || end > bytes.length || part.length > length || prefix > 8 * length) return undefined
    if (part.at(-1) === 0) return undefined
    const address = new Uint8Array(length)
    address.set(part)
    texts.push(`${flags & 0x80 ? '!' : ''}${family}:${formatAddress(address)}/${prefix}`)
    at = end
  }
  return texts.join(' ')
}
