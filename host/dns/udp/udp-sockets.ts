import { networkInterfaces } from 'node:os'
import type { Log } from '../../../worker/ports.ts'
import { errorText, HostError } from '../../errors.ts'
import type { ListenAddress } from '../../http/listen.ts'
import { type Interfaces, isWildcard, localAddresses } from './local-addresses.ts'
import { type OnDatagram, openUdpSocket, type UdpSocket } from './udp-socket.ts'

/** The sockets of one listening address: one for each address of this machine if it is a wildcard. */
export type UdpSockets = {
  readonly port: number
  /** The addresses that have a socket now. */
  addresses(): readonly string[]
  close(): Promise<void>
}

/** How the addresses of the machine are found, and how often. Tests have addresses of their choice. */
export type UdpWorld = { readonly interfaces: () => Interfaces; readonly checkEveryMs: number }

/** Node does not report changes of interfaces, so they are checked at this interval. A check takes about 0.1 ms. */
const systemWorld: UdpWorld = { interfaces: networkInterfaces, checkEveryMs: 2_000 }

/**
 * Opens the sockets of a listening address, whose host is an IP address. With a wildcard, addresses that the machine gets
 * later get a socket, and the sockets of lost ones are closed. With port 0, all have the port that the first one is given.
 * An inherited socket of a wildcard address is the only one: the system chooses the source addresses of its answers. Throws
 * HostError LISTEN_*, after it has closed all sockets.
 */
export async function openUdpSockets(
  { host, port: wanted, descriptor }: ListenAddress,
  onDatagram: OnDatagram,
  log: Log,
  { interfaces, checkEveryMs }: UdpWorld = systemWorld,
): Promise<UdpSockets> {
  const sockets = new Map<string, UdpSocket>()
  const failing = new Set<string>()
  let port = wanted
  let isClosed = false

  async function open(address: string, inherited?: number): Promise<void> {
    const listen = { host: address, port, ...(inherited === undefined ? {} : { descriptor: inherited }) }
    const socket = await openUdpSocket(listen, onDatagram, log)
    ;({ port } = socket)
    if (isClosed) await socket.close()
    else sockets.set(address, socket)
  }

  async function follow(): Promise<void> {
    const wantedNow = localAddresses(host, interfaces())
    for (const [address, socket] of sockets) {
      if (wantedNow.includes(address)) continue
      sockets.delete(address)
      await socket.close()
      log.info('stopped listening: the address is gone', { address, port })
    }
    for (const address of failing) if (!wantedNow.includes(address)) failing.delete(address)
    for (const address of wantedNow) if (!sockets.has(address)) await openLate(address)
  }

  async function openLate(address: string): Promise<void> {
    try {
      await open(address)
      failing.delete(address)
      log.info('listening on a new address', { address, port })
    } catch (error) {
      if (!failing.has(address)) log.warn('cannot listen on a new address', { error: errorText(error) })
      failing.add(address)
    }
  }

  let following = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const close = async (): Promise<void> => {
    isClosed = true
    clearInterval(timer)
    await following
    await Promise.all([...sockets.values()].map((socket) => socket.close()))
  }
  try {
    if (descriptor !== undefined) await open(host, descriptor)
    else
      for (const address of localAddresses(host, interfaces())) await open(address).catch(mayComeLater(host))
  } catch (error) {
    await close()
    throw error
  }
  if (isWildcard(host) && descriptor === undefined)
    timer = setInterval(() => {
      following = following.then(() => (isClosed ? undefined : follow()))
    }, checkEveryMs).unref()
  return { port, addresses: () => [...sockets.keys()], close }
}

/** An IPv6 address cannot be used for about a second after its interface came up (RFC 4862 §5.4). On a wildcard it is opened later. */
function mayComeLater(host: string): (error: unknown) => void {
  return (error) => {
    if (!(isWildcard(host) && error instanceof HostError && error.code === 'LISTEN_ADDRESS')) throw error
  }
}
