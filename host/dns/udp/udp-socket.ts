import type { Log } from '../../../worker/ports.ts'
import { errorText } from '../../errors.ts'
import { authority, type ListenAddress, listenError } from '../../http/listen.ts'
import { type Datagrams, openDatagrams, type Source } from './datagrams.ts'

/** Receives a datagram. `remote` is its source; the answer is sent with `socket.send`. */
export type OnDatagram = (datagram: Uint8Array, remote: Source, socket: UdpSocket) => void

/** A UDP socket on one address of this machine. */
export type UdpSocket = {
  readonly port: number
  /** Sends a datagram. One that the system refuses is lost, as datagrams may be. */
  send(bytes: Uint8Array, port: number, address: string): void
  close(): Promise<void>
}

/** A socket that failed is opened again after `firstMs`; the delay doubles up to `lastMs`. */
const reopening = { firstMs: 100, lastMs: 10_000 }

/**
 * Opens a socket on an IP address, which may have a zone. A socket that fails later is logged and opened again, on the
 * same port. Throws HostError LISTEN_*.
 */
export async function openUdpSocket(
  listen: ListenAddress,
  onDatagram: OnDatagram,
  log: Log,
  open = openDatagrams,
): Promise<UdpSocket> {
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let current = await bind(listen)
  const { port } = current
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
      if (!timer) await current.close()
    },
  }

  async function bind(to: ListenAddress): Promise<Datagrams> {
    try {
      const opened = await open(to, {
        message: (datagram, source) => onDatagram(datagram, source, socket),
        failed(error) {
          log.warn('UDP socket failed', { address, error: errorText(error) })
          void opened.close()
          reopenAfter(reopening.firstMs)
        },
      })
      return opened
    } catch (error) {
      throw listenError(to, error, 'UDP')
    }
  }

  function reopenAfter(ms: number): void {
    if (isClosed) return
    timer = setTimeout(() => void reopen(ms), ms)
  }

  async function reopen(waitedMs: number): Promise<void> {
    try {
      const opened = await bind({ host: listen.host, port })
      if (isClosed) return await opened.close()
      timer = undefined
      current = opened
      log.info('UDP socket opened again', { address })
    } catch (error) {
      const nextMs = Math.min(2 * waitedMs, reopening.lastMs)
      log.warn('UDP socket not opened', { error: errorText(error), nextInMs: nextMs })
      reopenAfter(nextMs)
    }
  }

  return socket
}
