import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { canonicalAddress, parseAddress } from '../../dns/address.ts'
import { cidrHas, parseCidr } from '../../dns/cidr.ts'
import { UsageError } from '../options/option-table.ts'

/** The interfaces of a machine, as far as --bridge depends on them. */
export type BridgePorts = {
  /** The interface that has an address. */
  readonly interfaceOf: (address: string) => string | undefined
  /** Whether an interface is a bridge. */
  readonly isBridge: (name: string) => boolean
}

/** Addresses that networks of containers can have: RFC 1918, RFC 6598, RFC 4193. */
const ranges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].flatMap(
  (text) => parseCidr(text) ?? [],
)

/** This machine. Linux lists bridges in /sys. */
export const bridgePorts: BridgePorts = {
  interfaceOf: (address) =>
    Object.entries(networkInterfaces()).find(([, found = []]) =>
      found.some((each) => each.address === address),
    )?.[0],
  isBridge: (name) => existsSync(`/sys/class/net/${name}/bridge`),
}

/**
 * The address of --bridge: the one that this machine has on the bridge of its containers, such as 172.17.0.1 for Docker. An address
 * that the machine does not have yet is accepted. Throws UsageError for an address that others than containers could reach.
 */
export function bridgeOption(text: string, { interfaceOf, isBridge }: BridgePorts): string {
  const address = canonicalAddress(text)
  const bytes = address === undefined ? undefined : parseAddress(address)
  if (address === undefined || bytes === undefined)
    throw new UsageError(`--bridge is "${text}", it must be the address of a bridge, such as 172.17.0.1`)
  const others = 'so that others than containers could ask with your token'
  if (!ranges.some((range) => cidrHas(range, bytes)))
    throw new UsageError(`--bridge is ${address}, which is not an address of a private network, ${others}`)
  const name = interfaceOf(address)
  if (name !== undefined && !isBridge(name))
    throw new UsageError(
      `--bridge is ${address}, the address of ${name}, which is not a bridge, ${others}; --listen takes any address`,
    )
  return address
}
