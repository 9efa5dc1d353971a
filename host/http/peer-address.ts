import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Stands for the address of a client that has left. All of these are limited as one network. */
export const leftPeer = 'left'

/**
 * The IP address at the other end of a socket. To be read when the connection is accepted: the system forgets it when the
 * client leaves, and a client must not escape the limits by leaving early. An HTTP/2 session's socket is a proxy object:
 * it has the property, but `in` does not find it.
 */
export function peerAddress(socket: Duplex): string {
  return (socket as Partial<Socket>).remoteAddress ?? leftPeer
}
