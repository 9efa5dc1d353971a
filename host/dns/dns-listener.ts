import { lookup } from 'node:dns/promises'
import type { Log, Meter, Tasks } from '../../worker/ports.ts'
import { HostError } from '../errors.ts'
import { type ListenAddress, listenError } from '../http/listen.ts'
import type { Cookies } from './cookie/cookie.ts'
import type { DnsHandler } from './handler.ts'
import type { TcpLimits } from './stream/tcp-limits.ts'
import { startTcpServer } from './stream/tcp-server.ts'
import { defaultUdpLimits, type UdpLimits } from './udp/udp-limits.ts'
import { startUdpServer } from './udp/udp-server.ts'

/** An address of plain DNS, and the file descriptors of its sockets if they are open already. */
export type DnsAddress = ListenAddress & {
  readonly inherited?: { readonly udp: number; readonly tcp: number }
}

export type DnsListenerOptions = {
  readonly listen: DnsAddress
  readonly handler: DnsHandler
  readonly tasks: Tasks
  readonly cookies: Cookies
  /** The limits of UDP that differ from the defaults. */
  readonly udpLimits: Partial<UdpLimits>
  /** The limits of TCP that differ from the defaults. */
  readonly limits: Partial<TcpLimits>
  readonly meter?: Meter | undefined
  readonly log: Log
}

/** Plain DNS on one address and port, over UDP and TCP. */
export type DnsListener = ListenAddress & {
  /** Lets the answers in progress end, for up to `graceMs`, and closes. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** How often a free port of UDP is looked for that is free for TCP as well. */
const maxPortAttempts = 10

/** Answers plain DNS on an address. Port 0 is one that is free for UDP and TCP. Throws HostError LISTEN_*. */
export async function openDnsListener(options: DnsListenerOptions): Promise<DnsListener> {
  const { handler, tasks, cookies, limits, meter, log } = options
  const udpLimits: UdpLimits = { ...defaultUdpLimits, ...options.udpLimits }
  const { inherited } = options.listen
  const listen = await resolveHost(options.listen)
  const parts = { handler, tasks, cookies, meter, log }
  for (let attempt = 1; ; attempt++) {
    const udp = await startUdpServer({
      ...parts,
      listen: withDescriptor(listen, inherited?.udp),
      limits: udpLimits,
    })
    const address = { host: listen.host, port: udp.port }
    try {
      const tcp = await startTcpServer({ ...parts, listen: withDescriptor(address, inherited?.tcp), limits })
      return {
        ...address,
        async close(graceMs) {
          await Promise.all([udp.close(graceMs), tcp.close(graceMs)])
        },
      }
    } catch (error) {
      await udp.close(0)
      const isInUse = error instanceof HostError && error.code === 'LISTEN_IN_USE'
      if (!isInUse || listen.port !== 0 || attempt === maxPortAttempts) throw error
    }
  }
}

function withDescriptor({ host, port }: ListenAddress, descriptor: number | undefined): ListenAddress {
  return descriptor === undefined ? { host, port } : { host, port, descriptor }
}

/** A host name such as localhost → its first address, so that UDP and TCP have the same one. */
async function resolveHost(listen: ListenAddress): Promise<ListenAddress> {
  try {
    const { address } = await lookup(listen.host)
    return { host: address, port: listen.port }
  } catch (error) {
    throw listenError(listen, error)
  }
}
