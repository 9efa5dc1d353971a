import { type AddressBytes, parseAddress } from './address.ts'
import { labelName, labelsOf, type Name, nameFromText } from './name.ts'

const inAddrArpa = nameFromText('in-addr.arpa')
const ip6Arpa = nameFromText('ip6.arpa')

/** The address prefix of a name under in-addr.arpa or ip6.arpa: its leading bytes, and the number of bits given. */
export type ReversePrefix = { readonly family: 4 | 6; readonly bytes: AddressBytes; readonly bits: number }

/**
 * A folded name → its address prefix (RFC 1035 §3.5, RFC 3596 §2.5), which is a whole address when bits is 32 or 128.
 * Undefined when the name is not below those zones or not a valid reverse name, which has at most four decimal labels
 * without leading zeros, or at most 32 single nibbles.
 */
export function parseReverseName(name: Name): ReversePrefix | undefined {
  if (isBelow(name, inAddrArpa)) return parseV4(labelsOf(name.slice(0, -inAddrArpa.length)))
  if (isBelow(name, ip6Arpa)) return parseV6(labelsOf(name.slice(0, -ip6Arpa.length)))
  return undefined
}

/** Whether a prefix is a whole address: 32 bits (IPv4) or 128 (IPv6). */
export function isWholeAddress({ bytes, bits }: ReversePrefix): boolean {
  return bits === bytes.length * 8
}

/** Whether a folded name is in-addr.arpa, ip6.arpa, or a name below one of them. */
export function isReverseName(name: Name): boolean {
  return reverseTop(name) !== undefined
}

/** A folded name → in-addr.arpa or ip6.arpa, if it is that name or below it. */
export function reverseTop(name: Name): Name | undefined {
  if (isBelow(name, inAddrArpa)) return inAddrArpa
  return isBelow(name, ip6Arpa) ? ip6Arpa : undefined
}

function isBelow(name: Name, zone: Name): boolean {
  if (!name.endsWith(zone)) return false
  for (let at = 0; at <= name.length - zone.length; at += 1 + name.charCodeAt(at)) {
    if (at === name.length - zone.length) return true
  }
  return false
}

function parseV4(labels: readonly string[]): ReversePrefix | undefined {
  if (labels.length > 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [index, label] of labels.toReversed().entries()) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(label) || Number(label) > 255) return undefined
    bytes[index] = Number(label)
  }
  return { family: 4, bytes, bits: labels.length * 8 }
}

function parseV6(labels: readonly string[]): ReversePrefix | undefined {
  if (labels.length > 32) return undefined
  const bytes = new Uint8Array(16)
  for (const [index, label] of labels.toReversed().entries()) {
    if (!/^[0-9a-f]$/.test(label)) return undefined
    const at = index >> 1
    bytes[at] = (bytes[at] ?? 0) | (Number.parseInt(label, 16) << (index % 2 === 0 ? 4 : 0))
  }
  return { family: 6, bytes, bits: labels.length * 4 }
}

/** The first `bits` bits of an address → its reverse name; bits must be whole bytes (IPv4) or nibbles (IPv6). */
export function reverseName(bytes: AddressBytes, bits = bytes.length * 8): Name {
  let name = ''
  if (bytes.length === 4) {
    for (let at = bits / 8 - 1; at >= 0; at--) name += labelName(String(bytes[at]))
    return name + inAddrArpa
  }
  for (let nibble = bits / 4 - 1; nibble >= 0; nibble--) {
    const byte = bytes[nibble >> 1] ?? 0
    name += labelName((nibble % 2 === 0 ? byte >> 4 : byte & 0xf).toString(16))
  }
  return name + ip6Arpa
}

/** Address text → its reverse name, or undefined when it is not an address. */
export function reverseNameOf(address: string): Name | undefined {
  const bytes = parseAddress(address)
  return bytes && reverseName(bytes)
}
