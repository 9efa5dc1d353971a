import { type AddressBytes, formatAddress, parseAddress } from '../../dns/address.ts'
import { type Cidr, cidrHas } from '../../dns/cidr.ts'
import type { DohRequest } from './request.ts'

/** The headers in which proxies name the addresses that a request has passed. */
export const forwardedHeaders = ['x-forwarded-for', 'forwarded'] as const

/** The most proxies in a row. The rest of a header, which a client may have filled, is not read. */
const maxHops = 16

/** The proxies whose header is believed, and the header that they append to. */
export type ProxyTrust = {
  readonly trustedProxies: readonly Cidr[]
  readonly forwardedHeader: (typeof forwardedHeaders)[number]
}

/**
 * The IP address of the client: the peer of the transport or, if that is a trusted proxy, the last address in the
 * proxy's header that is not a trusted proxy itself. Addresses before that one are the client's own text and never used.
 * An entry that is not an address ends the search at the proxy that wrote it. Undefined without a peer.
 */
export function clientAddress(request: DohRequest, trust: ProxyTrust): string | undefined {
  const { peer } = request
  if (peer === undefined || trust.trustedProxies.length === 0) return peer
  let address = parseAddress(peer)
  if (!address || !isTrusted(address, trust)) return peer
  for (const hop of lastHops(request.header(trust.forwardedHeader), trust)) {
    const before = parseAddress(hop)
    if (!before) break
    address = before
    if (!isTrusted(address, trust)) break
  }
  return formatAddress(address)
}

function isTrusted(address: AddressBytes, { trustedProxies }: ProxyTrust): boolean {
  return trustedProxies.some((range) => cidrHas(range, address))
}

/** The header's last addresses, the last one first, without ports and brackets. Several lines are one list. */
function* lastHops(header: string | undefined, { forwardedHeader }: ProxyTrust): Generator<string> {
  if (header === undefined) return
  let end = header.length
  for (let hops = 0; hops < maxHops && end >= 0; hops++) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1)
    const element = header.slice(comma + 1, end)
    end = comma
    const node = forwardedHeader === 'forwarded' ? /(?:^|;)\s*for="?([^";]*)/i.exec(element)?.[1] : element
    yield withoutPort((node ?? '').trim())
  }
}

/** '192.0.2.1:80' and '[2001:db8::1]:80' (RFC 7239 §6) → the address; an IPv6 address without brackets has no port. */
function withoutPort(node: string): string {
  const bracketed = /^\[([^\]]*)\](?::[0-9]+)?$/.exec(node)?.[1]
  return bracketed ?? /^([0-9.]+):[0-9]+$/.exec(node)?.[1] ?? node
}
