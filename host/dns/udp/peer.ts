import { type AddressBytes, formatAddress, parseAddress } from '../../../dns/address.ts'
import { maskAddress } from '../../../dns/cidr.ts'
import { isPrivateAddress } from '../../../dns/private-ranges.ts'

/** What the UDP server needs to know of a source address. */
export type Peer = {
  readonly bytes: AddressBytes
  /** The IPv4 /24 or IPv6 /56 of the address, by which answers are limited. */
  readonly network: string
  /** False for loopback and private addresses, from where a forged query harms nobody else. */
  readonly isPublic: boolean
}

/** Bits of a network by which answers are limited. A forged source can be any address of the victim's network. */
const networkBits = { 4: 24, 16: 56 } as const

/** A source address as the socket gives it → its facts; a zone ('fe80::1%eth0') is ignored. Undefined for other text. */
export type PeerOf = (address: string) => Peer | undefined

/** A PeerOf that remembers the last addresses, since the facts cost more to find than a cached answer: at most `maxKept`. */
export function createPeers(maxKept = 8_192): PeerOf {
  const kept = new Map<string, Peer | undefined>()
  return (address) => {
    const known = kept.get(address)
    if (known) return known
    const peer = readPeer(address)
    if (kept.size >= maxKept) kept.clear()
    kept.set(address, peer)
    return peer
  }
}

function readPeer(address: string): Peer | undefined {
  const bytes = parseAddress(address.replace(/%.*/, ''))
  if (!bytes) return undefined
  const bits = bytes.length === 4 ? networkBits[4] : networkBits[16]
  const network = `${formatAddress(maskAddress(bytes, bits))}/${bits}`
  return { bytes, network, isPublic: !isPrivateAddress(bytes) }
}
