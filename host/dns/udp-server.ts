import { setTimeout as sleep } from 'node:timers/promises'
import type { ListenAddress } from '../http/listen.ts'
import { createDatagramAnswers, type DatagramParts } from './answer-datagram.ts'
import { openUdpSockets } from './udp-sockets.ts'

export type UdpServerOptions = Omit<DatagramParts, 'now'> & {
  /** The host is an IP address. */
  readonly listen: ListenAddress
}

/** DNS over UDP on one listening address. */
export type UdpServer = {
  readonly port: number
  /** Takes no further queries, waits up to `graceMs` for the answers of those it has, and closes. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** Answers DNS over UDP on an address; answer-datagram.ts has the rules. Throws HostError LISTEN_*. */
export async function startUdpServer({ listen, ...parts }: UdpServerOptions): Promise<UdpServer> {
  const { onDatagram, drain } = createDatagramAnswers({ ...parts, now: Date.now })
  const sockets = await openUdpSockets(listen, onDatagram, parts.log)
  return {
    port: sockets.port,
    async close(graceMs) {
      await Promise.race([drain(), sleep(graceMs, undefined, { ref: false })])
      await sockets.close()
    },
  }
}
