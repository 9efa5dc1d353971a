import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { errorText, HostError, type HostErrorCode, systemCode } from '../errors.ts'

/** An address to listen on; port 0 takes a free one. */
export type ListenAddress = { readonly host: string; readonly port: number }

const meanings: Readonly<Record<string, { code: HostErrorCode; says: string }>> = {
  EADDRINUSE: { code: 'LISTEN_IN_USE', says: 'another process listens on it' },
  EACCES: { code: 'LISTEN_DENIED', says: 'no permission; ports below 1024 need root' },
  EPERM: { code: 'LISTEN_DENIED', says: 'no permission' },
  EADDRNOTAVAIL: { code: 'LISTEN_ADDRESS', says: 'this machine does not have that address' },
  EAFNOSUPPORT: { code: 'LISTEN_ADDRESS', says: 'this machine does not have addresses of that family' },
  ENOTFOUND: { code: 'LISTEN_ADDRESS', says: 'there is no such host' },
  EAI_AGAIN: { code: 'LISTEN_ADDRESS', says: 'the host cannot be looked up' },
}

/** Listens on an address and returns the one in use, its port never 0. Throws HostError LISTEN_*, naming the address. */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    const { code, says } = meanings[systemCode(error) ?? ''] ?? {
      code: 'LISTEN_FAILED' as const,
      says: errorText(error),
    }
    throw new HostError(code, `cannot listen on ${authority({ host, port })}: ${says}`, { cause: error })
  }
  const { address, port: taken } = server.address() as AddressInfo
  return { host: address, port: taken }
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
