import dgram from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Log } from '../../../worker/ports.ts'
import { errorText, systemCode } from '../../errors.ts'
import { authority, type ListenAddress, listenError } from '../../http/listen.ts'

/** Receives a datagram. `remote` is its source; the answer is sent with `socket.send`. */
export type OnDatagram = (datagram: Uint8Array, remote: dgram.RemoteInfo, socket: UdpSocket) => void

/** A UDP socket on one address of this machine. */
export type UdpSocket = {
  readonly port: number
  /** Sends a datagram. One that the system refuses is lost, as datagrams may be. */
  send(bytes: Uint8Array, port: number, address: string): void
  close(): Promise<void>
}

/** How a socket is made: dgram.createSocket, or a test's own. */
export type CreateSocket = (options: dgram.SocketOptions) => dgram.Socket

/** Bytes that the system stores until they are read: a burst of more than a thousand queries, read within 30 ms. */
const receiveBytes = 1024 * 1024

/** A socket that failed is opened again after `firstMs`; the delay doubles up to `lastMs`. */
const reopening = { firstMs: 100, lastMs: 10_000 }

/**
 * Opens a socket on an IP address, which may have a zone. A socket that fails later is logged and opened again, on the
 * same port. The worker processes of node:cluster share one socket: each datagram is read by one of them. Throws HostError
 * LISTEN_*.
 */
export async function openUdpSocket(
  listen: ListenAddress,
  onDatagram: OnDatagram,
  log: Log,
  create: CreateSocket = dgram.createSocket,
): Promise<UdpSocket> {
  let current = await bind(listen, create)
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const { port } = current.address()
  const address = authority({ host: listen.host, port })
  const socket: UdpSocket = {
    port,
    send(bytes, toPort, toAddress) {
      // Datagrams can have the source port 0, to which nothing can be sent.
      if (!isClosed && !timer && toPort !== 0) current.send(bytes, toPort, toAddress)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      if (!timer) await closeSocket(current)
    },
  }

  function use(opened: dgram.Socket): void {
    current = opened
    opened.on('message', (datagram, remote) => onDatagram(datagram, remote, socket))
    const onError = (error: Error): void => {
      // On Bun: the ICMP error for an answer to a closed port. The socket stays usable.
      if (systemCode(error) === 'ECONNREFUSED') return
      opened.off('error', onError)
      log.warn('UDP socket failed', { address, error: errorText(error) })
      void closeSocket(opened)
      reopenAfter(reopening.firstMs)
    }
    opened.on('error', onError)
  }

  function reopenAfter(ms: number): void {
    if (isClosed) return
    timer = setTimeout(() => void reopen(ms), ms)
  }

  async function reopen(waitedMs: number): Promise<void> {
    try {
      const opened = await bind({ host: listen.host, port }, create)
      if (isClosed) return await closeSocket(opened)
      timer = undefined
      use(opened)
      log.info('UDP socket opened again', { address })
    } catch (error) {
      const nextMs = Math.min(2 * waitedMs, reopening.lastMs)
      log.warn('UDP socket not opened', { error: errorText(error), nextInMs: nextMs })
      reopenAfter(nextMs)
    }
  }

  use(current)
  return socket
}

async function bind({ host, port, descriptor }: ListenAddress, create: CreateSocket): Promise<dgram.Socket> {
  const isV6 = isIPv6(host)
  const socket = create({
    type: isV6 ? 'udp6' : 'udp4',
    ipv6Only: isV6,
    recvBufferSize: receiveBytes,
    // Addresses come as text from the system. The default would pass each one through the resolver's queue.
    lookup: (address, _options, callback) => callback(null, address, isV6 ? 6 : 4),
  })
  try {
    const listening = once(socket, 'listening')
    if (descriptor === undefined) socket.bind(port, host)
    else socket.bind({ fd: descriptor })
    await listening
    return socket
  } catch (error) {
    await closeSocket(socket)
    throw listenError({ host, port }, error, 'UDP')
  }
}

function closeSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(resolve)
    } catch {
      // It is closed already.
      resolve()
    }
  })
}
