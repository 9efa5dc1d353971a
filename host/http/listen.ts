import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { errorText, HostError, type HostErrorCode, systemCode } from '../errors.ts'
import { sharesPorts } from '../shared-ports.ts'

/** An address to listen on; port 0 takes a free one. */
export type ListenAddress = {
  readonly host: string
  readonly port: number
  /** The file descriptor of a socket that is bound to it already, for example by systemd. It is used instead of a new one. */
  readonly descriptor?: number
}

const meanings: Readonly<Record<string, { code: HostErrorCode; says: string }>> = {
  EADDRINUSE: { code: 'LISTEN_IN_USE', says: 'another process listens on it' },
  EACCES: {
    code: 'LISTEN_DENIED',
    says: 'no permission; ports below 1024 need root or the capability NET_BIND_SERVICE',
  },
  EPERM: { code: 'LISTEN_DENIED', says: 'no permission' },
  EADDRNOTAVAIL: { code: 'LISTEN_ADDRESS', says: 'this machine does not have that address' },
  EAFNOSUPPORT: { code: 'LISTEN_ADDRESS', says: 'this machine does not have addresses of that family' },
  ENOTFOUND: { code: 'LISTEN_ADDRESS', says: 'there is no such host' },
  EAI_AGAIN: { code: 'LISTEN_ADDRESS', says: 'the host cannot be looked up' },
}

/** The port of plain DNS, which other resolvers of a machine have often taken. */
const dnsPort = 53
const portHint =
  '`ss -lnp sport = :53` shows which; listen on another address of this machine, or end that process'

/**
 * Listens on an address and returns the one in use, its port never 0. On a machine without IPv6, `::` is 0.0.0.0, as in
 * Node where no host is given. Throws HostError LISTEN_*, naming the address.
 */
export async function listen(
  server: Server,
  { host, port, descriptor }: ListenAddress,
): Promise<ListenAddress> {
  try {
    server.listen(descriptor === undefined ? { host, port, reusePort: sharesPorts() } : { fd: descriptor })
    await once(server, 'listening')
  } catch (error) {
    if (host === '::' && systemCode(error) === 'EAFNOSUPPORT')
      return listen(server, { host: '0.0.0.0', port })
    throw listenError({ host, port }, error)
  }
  const { address, port: taken } = server.address() as AddressInfo
  return { host: address, port: taken }
}

/** The HostError LISTEN_* for an address that could not be listened on. `transport`, such as 'UDP', is added to the address. */
export function listenError(address: ListenAddress, cause: unknown, transport?: 'UDP' | 'TCP'): HostError {
  const { code, says } = meanings[systemCode(cause) ?? ''] ?? {
    code: 'LISTEN_FAILED' as const,
    says: errorText(cause),
  }
  const where = authority(address) + (transport ? ` (${transport})` : '')
  const hint = code === 'LISTEN_IN_USE' && address.port === dnsPort ? `; ${portHint}` : ''
  return new HostError(code, `cannot listen on ${where}: ${says}${hint}`, { cause })
}

/** HOST:PORT as in a URL, IPv6 addresses in brackets. */
export function authority({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The address to connect to from this machine: loopback for a wildcard address. */
export function reachable({ host, port }: ListenAddress): ListenAddress {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  return { host: host === '::' ? '::1' : host, port }
}
