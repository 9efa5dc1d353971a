import { parseAddress } from '../../dns/address.ts'

/** A resolver that queries can be forwarded to. */
export type Resolver = {
  /** An IPv4 address, or an IPv6 address, which may have a zone such as 'fe80::1%eth0' (RFC 4007 §11). */
  readonly address: string
  readonly port: number
}

/** The port of plain DNS (RFC 1035 §4.2). */
export const dnsPort = 53

/**
 * ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT → the resolver, at port 53 if the text has none; undefined for other text. A host
 * name is not an address: looking it up would need a resolver. IPv6 addresses may have a zone.
 */
export function parseResolver(text: string, usualPort = dnsPort): Resolver | undefined {
  const match = isAddress(text)
    ? [text, text]
    : (/^\[([^\][]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([\d.]+):(\d{1,5})$/.exec(text))
  const address = match?.[1]
  const port = Number(match?.[2] ?? usualPort)
  if (address === undefined || !isAddress(address) || port < 1 || port > 65_535) return undefined
  return { address, port }
}

/** A resolver as text: an address, with its port if it is not 53. */
export function resolverText({ address, port }: Resolver): string {
  if (port === dnsPort) return address
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** The bytes of an address without its zone; undefined for other text. An IPv4-mapped IPv6 address is IPv4. */
export function addressBytes(text: string): Uint8Array | undefined {
  const [address = '', zone] = text.split('%', 2)
  if (zone !== undefined && (zone === '' || !address.includes(':'))) return undefined
  return parseAddress(address)
}

function isAddress(text: string): boolean {
  return addressBytes(text) !== undefined
}
