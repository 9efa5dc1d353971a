import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { ListenAddress } from '../../http/listen.ts'
import { createDatagramAnswers, type DatagramParts } from './answer-datagram.ts'
import type { OnDatagram } from './udp-socket.ts'
import { openUdpSockets } from './udp-sockets.ts'

export type UdpServerOptions = Omit<DatagramParts, 'now'> & {
  /** The host is an IP address. */
  readonly listen: ListenAddress
}

/** DNS over UDP on one listening address. */
export type UdpServer = {
  readonly port: number
  /**
   * Reads the queries that the system has received, then takes no further ones, waits up to `graceMs` for the answers,
   * and closes. Never rejects.
   */
  close(graceMs: number): Promise<void>
}

/** Answers DNS over UDP on an address; answer-datagram.ts has the rules. Throws HostError LISTEN_*. */
export async function startUdpServer({ listen, ...parts }: UdpServerOptions): Promise<UdpServer> {
  const { onDatagram, drain } = createDatagramAnswers({ ...parts, now: Date.now })
  let received = 0
  const counted: OnDatagram = (datagram, source, socket) => {
    received++
    onDatagram(datagram, source, socket)
  }
  const sockets = await openUdpSockets(listen, counted, parts.log)
  return {
    port: sockets.port,
    async close(graceMs) {
      const graceEnds = sleep(graceMs, undefined, { ref: false })
      const readAll = untilStill(() => received, graceMs)
      await Promise.race([readAll.then(drain), graceEnds])
      await sockets.close()
    },
  }
}

/**
 * Resolves when a whole turn of the event loop has read nothing, so that no datagram waits in a socket, or after `mostMs`:
 * a flood would have no end.
 */
async function untilStill(count: () => number, mostMs: number): Promise<void> {
  const endMs = performance.now() + mostMs
  let before: number
  do {
    before = count()
    // The first one may be due before sockets are read in this turn.
    await nextTurn()
    await nextTurn()
  } while (count() !== before && performance.now() < endMs)
}
