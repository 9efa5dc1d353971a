import { formatAddress } from '../../dns/address.ts'
import { labelName, type Name } from '../../dns/name.ts'
import { isWholeAddress } from '../../dns/reverse.ts'
import type { Owner } from '../../snapshot/schema.ts'
import { type Found, nothingEver, nothingNow } from './found.ts'
import type { OpenedBlobs } from './lookup.ts'
import { isVisible, type Visible } from './visible.ts'
import type { ReversePlace } from './zone.ts'

/**
 * Looks up a reverse name: the names of an address (CoreDNS plugin/kubernetes, Reverse). If a service has the address,
 * endpoints with the same address are not named. A partial name exists without records, whether or not an address below
 * it has a name: whole names may appear below it at any time (RFC 8020), and no look-up has to know all addresses. Names in
 * namespaces that the caller may not see do not exist. Pure, like `lookup`.
 */
export function lookupReverse(place: ReversePlace, blobs: OpenedBlobs, visible: Visible): Found {
  if (place.isApex) return { kind: 'apex' }
  const { prefix } = place
  if (!prefix) return nothingEver
  if (!isWholeAddress(prefix)) return { kind: 'empty' }
  const owners = visibleOwners(formatAddress(prefix.bytes), blobs, visible)
  const services = owners.filter(([, , label]) => label === undefined)
  const targets = services.length > 0 ? services.slice(0, 1) : fairlyOrdered(owners)
  if (targets.length === 0) return nothingNow
  return { kind: 'pointers', targets: [...new Set(targets.map(nameOf))] }
}

/** Stands for an owner that the caller may not see, so that an address without owners takes the same time. */
const hiddenOwners: readonly Owner[] = [['', '']]

function visibleOwners(address: string, blobs: OpenedBlobs, visible: Visible): Owner[] {
  const owners: Owner[] = []
  for (const blob of [blobs.reverse, blobs.endpointReverse]) {
    if (blob?.kind !== 'reverse') continue
    for (const owner of blob.owners.get(address) ?? hiddenOwners)
      if (isVisible(visible, owner[0]) && owner[0] !== '') owners.push(owner)
  }
  return owners
}

/** All names of an address with at most this many fit into one message. */
const maxUnordered = 200

/**
 * The owners, of each namespace the first, then of each the second, and so on: anyone who may write EndpointSlices can give
 * any private address thousands of names, and must not push those of others out of the message.
 */
function fairlyOrdered(owners: readonly Owner[]): readonly Owner[] {
  if (owners.length <= maxUnordered) return owners
  const counts = new Map<string, number>()
  const ranked = owners.map((owner) => {
    const rank = counts.get(owner[0]) ?? 0
    counts.set(owner[0], rank + 1)
    return { owner, rank }
  })
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ owner }) => owner)
}

function nameOf([namespace, service, label]: Owner): Name {
  const name = labelName(service) + labelName(namespace) + labelName('svc')
  return label === undefined ? name : labelName(label) + name
}
