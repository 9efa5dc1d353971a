import { formatAddress } from '../../dns/address.ts'
import { labelName, type Name } from '../../dns/name.ts'
import type { ReversePrefix } from '../../dns/reverse.ts'
import type { Owner, Root } from '../../snapshot/schema.ts'
import { type Found, nothingEver, nothingNow } from './found.ts'
import type { OpenedBlobs } from './lookup.ts'
import { hasAddressBelow } from './prefix-index.ts'
import type { Place } from './zone.ts'

/**
 * Looks up a reverse name: the names of an address (CoreDNS plugin/kubernetes, Reverse), or the existence of a partial
 * name. If a service has the address, endpoints with the same address are not named. Pure, like `lookup`.
 */
export function lookupReverse(place: Place & { kind: 'reverse' }, root: Root, blobs: OpenedBlobs): Found {
  if (place.isApex) return { kind: 'apex' }
  if (place.isParent) return { kind: 'empty' }
  const { prefix } = place
  if (!prefix) return nothingEver
  const sharedBits = prefix.bytes.length * 8 - 8
  if (prefix.bits <= sharedBits) return hasAddressBelow(root, prefix) ? { kind: 'empty' } : nothingNow
  if (prefix.bits < prefix.bytes.length * 8) return hasSibling(prefix, blobs) ? { kind: 'empty' } : nothingNow
  const owners = ownersOf(formatAddress(prefix.bytes), blobs)
  const services = owners.filter(([, , label]) => label === undefined)
  const targets = services.length > 0 ? services.slice(0, 1) : owners
  if (targets.length === 0) return nothingNow
  return { kind: 'pointers', targets: [...new Set(targets.map(nameOf))] }
}

function ownersOf(address: string, blobs: OpenedBlobs): Owner[] {
  return [blobs.reverse, blobs.endpointReverse].flatMap((blob) =>
    blob?.kind === 'reverse' ? [...(blob.owners.get(address) ?? [])] : [],
  )
}

/** Whether an address exists below an IPv6 name that lacks only the last nibble. */
function hasSibling(prefix: ReversePrefix, blobs: OpenedBlobs): boolean {
  for (let nibble = 0; nibble < 16; nibble++) {
    const bytes = prefix.bytes.slice()
    bytes[15] = (bytes[15] ?? 0) | nibble
    if (ownersOf(formatAddress(bytes), blobs).length > 0) return true
  }
  return false
}

function nameOf([namespace, service, label]: Owner): Name {
  const name = labelName(service) + labelName(namespace) + labelName('svc')
  return label === undefined ? name : labelName(label) + name
}
