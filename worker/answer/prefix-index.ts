import { parseAddress } from '../../dns/address.ts'
import type { ReversePrefix } from '../../dns/reverse.ts'
import type { Root } from '../../snapshot/schema.ts'

/** A root's reverse prefixes as hexadecimal text, ordered, so that what begins alike stands together. */
type PrefixIndex = readonly string[]

// Built at the first question for a partial reverse name, and gone with its root.
const indexes = new WeakMap<Root, PrefixIndex>()

/**
 * Does an address of the snapshot begin with these bits, as far as the root can tell, that is up to /24 and
 * /120? Then the partial reverse name exists as the parent of others (RFC 8020).
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

/** Characters in front of the digits: families never mix. */
const familyMark = 2

function hexOf(prefix: string): string {
  return hex(parseAddress(prefix) ?? new Uint8Array())
}

function hex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return (bytes.length === 4 ? '4:' : '6:') + digits
}
