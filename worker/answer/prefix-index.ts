import { parseAddress } from '../../dns/address.ts'
import type { ReversePrefix } from '../../dns/reverse.ts'
import type { Root } from '../../snapshot/schema.ts'

/** A root's reverse prefixes as sorted hexadecimal text, for binary search by prefix. */
type PrefixIndex = readonly string[]

// Built at the first query for a partial reverse name, and garbage-collected with its root.
const indexes = new WeakMap<Root, PrefixIndex>()

/**
 * Whether an address of the snapshot has this prefix. If so, the partial reverse name exists as an empty non-terminal
 * (RFC 8020). The root alone determines this for prefixes up to /24 (IPv4) and /120 (IPv6).
 */
export function hasAddressBelow(root: Root, prefix: ReversePrefix): boolean {
  let index = indexes.get(root)
  if (!index) {
    index = [...Object.keys(root.reverse), ...Object.keys(root.endpointReverse)].map(hexOf).toSorted()
    indexes.set(root, index)
  }
  const wanted = hex(prefix.bytes).slice(0, familyMark + prefix.bits / 4)
  let low = 0
  let high = index.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((index[middle] ?? '') < wanted) low = middle + 1
    else high = middle
  }
  return index[low]?.startsWith(wanted) ?? false
}

/** The length of '4:' and '6:', which keep the two families apart. */
const familyMark = 2

function hexOf(prefix: string): string {
  return hex(parseAddress(prefix) ?? new Uint8Array())
}

function hex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return (bytes.length === 4 ? '4:' : '6:') + digits
}
