import type { NetworkInterfaceInfo } from 'node:os'

/** The interfaces of this machine, as os.networkInterfaces() lists them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Whether a host means every address of this machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/**
 * The addresses that a host stands for: all IPv4 addresses for 0.0.0.0, all addresses for ::, and otherwise the host.
 * Link-local addresses have their interface as zone ('fe80::1%eth0'). In order, without duplicates.
 *
 * A UDP answer must have the address that was asked as its source, which a socket on a wildcard address cannot choose
 * (Node has no IP_PKTINFO). So such a host has one socket for each address.
 */
export function localAddresses(host: string, interfaces: Interfaces): string[] {
  if (!isWildcard(host)) return [host]
  const addresses = new Set<string>()
  for (const [name, infos] of Object.entries(interfaces))
    for (const info of infos ?? [])
      if (info.family === 'IPv4') addresses.add(info.address)
      else if (host === '::')
        addresses.add(info.scopeid && !info.address.includes('%') ? `${info.address}%${name}` : info.address)
  return [...addresses].toSorted()
}
