import dgram, { type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Message } from '../../dns/message/read-message.ts'
import type { AnswerReader } from './read-answer.ts'

/** One query over UDP. */
export type Datagram = {
  /** An IPv4 or IPv6 address. */
  readonly address: string
  readonly port: number
  readonly query: Uint8Array
  readonly reader: AnswerReader
  /** The time after which the query is sent again (ms): datagrams get lost. */
  readonly resendMs: number
  readonly signal: AbortSignal
}

/**
 * Sends a query from a new port, and again every `resendMs`, until the answer arrives. Datagrams of other sources and
 * messages that are not the answer are ignored (RFC 5452 §9). Rejects with the signal's reason, with the system's
 * error, for example when nothing listens there, and with the reader's QueryError.
 */
export async function askUdp({ address, port, query, reader, resendMs, signal }: Datagram): Promise<Message> {
  signal.throwIfAborted()
  const socket = dgram.createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const ended = Promise.withResolvers<Message>()
  // The wait for the connection may fail first; then nobody awaits this one.
  ended.promise.catch(() => {})
  const onAbort = (): void => ended.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  socket.on('error', ended.reject)
  let timer: NodeJS.Timeout | undefined
  try {
    // The kernel drops datagrams of other sources on a connected socket.
    socket.connect(port, address)
    await Promise.race([once(socket, 'connect'), ended.promise])
    socket.on('message', (bytes, from) => {
      try {
        const answer = isFromServer(socket, from) ? reader.read(bytes) : undefined
        if (answer) ended.resolve(answer)
      } catch (error) {
        ended.reject(error)
      }
    })
    socket.send(query)
    timer = setInterval(() => socket.send(query), resendMs)
    return await ended.promise
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', onAbort)
    socket.close()
  }
}

/** A datagram may arrive between binding the socket and connecting it, when its source is not yet checked by the kernel. */
function isFromServer(socket: Socket, from: RemoteInfo): boolean {
  const { address, port } = socket.remoteAddress()
  return from.address === address && from.port === port
}
