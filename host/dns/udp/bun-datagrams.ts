import { systemCode } from '../../errors.ts'
import { sharesPorts } from '../../shared-ports.ts'
import { askForReceiveBuffer } from './bun-receive-buffer.ts'
import { type DatagramEvents, type Datagrams, type OpenDatagrams, receiveBytes } from './datagrams.ts'

/** The part of Bun.udpSocket that is used (https://bun.com/docs/runtime/networking/udp). */
export type BunUdpSocket = (options: {
  readonly hostname: string
  readonly port: number
  readonly binaryType: 'uint8array'
  /** Bits of Bun's own, which its node:dgram passes as well. */
  readonly flags: number
  readonly socket: {
    data(socket: BunSocket, datagram: Uint8Array, port: number, address: string): void
    drain(): void
    /** Called with the error alone, although Bun's types have the socket before it. */
    error(error: Error): void
  }
}) => Promise<BunSocket>

export type BunSocket = {
  readonly port: number
  /** The descriptor of the socket. */
  readonly fd: number
  /** Sends datagrams, each given as bytes, port and address → the number of those that were sent: the first ones. */
  sendMany(packets: readonly (Uint8Array | number | string)[]): number
  close(): void
}

/** The flag for SO_REUSEPORT: datagrams are distributed by their source addresses. */
const reusePort = 4

/** The values of each datagram in a list for sendMany. */
const perDatagram = 3

/** Answers that are sent together at most. */
const maxTogether = 128

/** Answers that wait until the system takes them; further ones are lost. */
const maxWaiting = 4_096

/**
 * A socket of Bun.udpSocket, which needs half of the CPU of node:dgram. The answers to datagrams that were read together are sent
 * together.
 */
export const openBunDatagrams: OpenDatagrams = (listen, events) => {
  const { Bun } = globalThis as unknown as { readonly Bun: { readonly udpSocket: BunUdpSocket } }
  return openWith(Bun.udpSocket, listen, events)
}

/** The same with a given Bun.udpSocket. */
export async function openWith(
  udpSocket: BunUdpSocket,
  { host, port }: { readonly host: string; readonly port: number },
  { message, failed }: DatagramEvents,
): Promise<Datagrams> {
  let waiting: (Uint8Array | number | string)[] = []
  let isFull = false
  let isClosed = false

  function flush(): void {
    isFull = false
    if (isClosed || waiting.length === 0) return
    const packets = waiting
    waiting = []
    try {
      const sent = socket.sendMany(packets)
      // The system's buffer is full: the rest waits for `drain`.
      isFull = perDatagram * sent < packets.length
      if (isFull) waiting = packets.slice(perDatagram * sent)
    } catch {
      // One of them was refused. Bun does not say which one, and all are lost.
    }
  }

  const socket = await udpSocket({
    hostname: host,
    port,
    binaryType: 'uint8array',
    flags: sharesPorts() ? reusePort : 0,
    socket: {
      data: (_socket, datagram, fromPort, address) => message(datagram, { address, port: fromPort }),
      drain: flush,
      error(error) {
        // The ICMP error for an answer to a closed port. The socket stays usable.
        if (systemCode(error) !== 'ECONNREFUSED') failed(error)
      },
    },
  })
  await askForReceiveBuffer(socket.fd, receiveBytes)
  return {
    port: socket.port,
    send(bytes, toPort, toAddress) {
      if (waiting.length >= perDatagram * maxWaiting) return
      const length = waiting.push(bytes, toPort, toAddress)
      if (isFull) return
      if (length === perDatagram) setImmediate(flush)
      else if (length === perDatagram * maxTogether) flush()
    },
    async close() {
      flush()
      if (!isClosed) socket.close()
      isClosed = true
    },
  }
}
