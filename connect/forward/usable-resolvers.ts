import { type Cidr, cidrHas, parseCidr } from '../../dns/cidr.ts'
import { addressBytes, type Resolver, resolverText } from './resolver.ts'

/** The most resolvers that are used; a resolv.conf has at most three (resolv.conf(5), MAXNS). */
const maxResolvers = 8

/**
 * Addresses that cannot be a resolver on another machine: loopback and unspecified (both reach this machine), multicast, and
 * the site-local addresses that Windows lists for an interface without resolvers.
 */
const excluded: readonly Cidr[] = [
  '0.0.0.0/8 127.0.0.0/8 224.0.0.0/4 255.255.255.255/32',
  '::/128 ::1/128 ff00::/8 fec0:0:0:ffff::/64',
].flatMap((line) => line.split(' ').flatMap((text) => parseCidr(text) ?? []))

/**
 * The resolvers that a stub may forward to: each once, at most eight. Never a loopback address and never an address of this
 * machine, because a query that returns to the stub through another program of the machine is a loop: with 127.0.0.53, a name
 * that does not exist has no answer within 6 s. So the stub itself is left out, too, whatever address it listens on.
 */
export function usableResolvers(
  resolvers: readonly Resolver[],
  ownAddresses: readonly string[],
): readonly Resolver[] {
  const own = new Set(ownAddresses.map((address) => addressBytes(address)?.join('.')))
  const usable = resolvers.filter(({ address }) => {
    const bytes = addressBytes(address)
    return bytes && !own.has(bytes.join('.')) && !excluded.some((range) => cidrHas(range, bytes))
  })
  const unique = new Map(usable.map((resolver) => [resolverText(resolver), resolver]))
  return [...unique.values()].slice(0, maxResolvers)
}
