import dgram from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { type OpenDatagrams, receiveBytes } from './datagrams.ts'

/** A socket of node:dgram. The worker processes of node:cluster share one socket: each datagram is read by one of them. */
export const openNodeDatagrams: OpenDatagrams = async ({ host, port, descriptor }, { message, failed }) => {
  const isV6 = isIPv6(host)
  const socket = dgram.createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    ipv6Only: isV6,
    recvBufferSize: receiveBytes,
    // Addresses come as text from the system. The default would pass each one through the resolver's queue.
    lookup: (address, _options, callback) => callback(null, address, isV6 ? 6 : 4),
  })
  const close = (): Promise<void> => closeSocket(socket)
  try {
    const listening = once(socket, 'listening')
    if (descriptor === undefined) socket.bind(port, host)
    else socket.bind({ fd: descriptor })
    await listening
  } catch (error) {
    await close()
    throw error
  }
  socket.on('message', message)
  socket.once('error', failed)
  return {
    port: socket.address().port,
    send: (bytes, toPort, toAddress) => socket.send(bytes, toPort, toAddress),
    close,
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
