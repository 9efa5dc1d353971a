import { readResolvConf } from './resolv-conf.ts'
import type { Resolver } from './resolver.ts'
import { readScutilDns } from './scutil-dns.ts'
import { usableResolvers } from './usable-resolvers.ts'
import { powerShellDnsCommand, readNetshDns, readPowerShellDns } from './windows-dns.ts'

/** What finding resolvers reads from this machine. */
export type ResolverPorts = {
  /** Node's name of the system, such as 'linux', 'darwin' or 'win32'. */
  readonly platform: string
  /** The text of a file; undefined if it cannot be read. */
  readFile(path: string): Promise<string | undefined>
  /** The stdout of a program; undefined if it cannot be run or fails. */
  run(program: string, args: readonly string[]): Promise<string | undefined>
  /** The addresses of this machine's interfaces. */
  ownAddresses(): readonly string[]
}

/**
 * The files of resolvers on Linux and BSD, in order. The first one is the system's own; the others are read where it names
 * only this machine, because systemd-resolved, NetworkManager or dnsmasq answers there: they list the resolvers that these
 * programs use.
 */
export const resolvConfFiles = [
  '/etc/resolv.conf',
  '/run/systemd/resolve/resolv.conf',
  '/run/NetworkManager/no-stub-resolv.conf',
  '/run/dnsmasq/resolv.conf',
] as const

/**
 * The resolvers that this machine used before the stub, or uses beside it, without those that the stub must not forward to.
 * Empty if there are none, for example because resolv.conf names only the stub.
 */
export async function findResolvers(ports: ResolverPorts): Promise<readonly Resolver[]> {
  const ownAddresses = ports.ownAddresses()
  for await (const found of sources(ports)) {
    const usable = usableResolvers(found, ownAddresses)
    if (usable.length > 0) return usable
  }
  return []
}

async function* sources({ platform, readFile, run }: ResolverPorts): AsyncGenerator<readonly Resolver[]> {
  if (platform === 'darwin') return yield readScutilDns((await run('scutil', ['--dns'])) ?? '')
  if (platform === 'win32') {
    const command = ['-NoProfile', '-NonInteractive', '-Command', powerShellDnsCommand]
    yield readPowerShellDns((await run('powershell.exe', command)) ?? '') ?? []
    for (const family of ['ipv4', 'ipv6'])
      yield readNetshDns((await run('netsh', ['interface', family, 'show', 'dnsservers'])) ?? '')
    return
  }
  for (const file of resolvConfFiles) yield readResolvConf((await readFile(file)) ?? '')
}
