import type { Duplex } from 'node:stream'

/** Stands for the address of a client that has left. All of these are limited as one network. */
export const leftPeer = 'left'

/**
 * The IP address at the other end of a socket. To be read when the connection is accepted: the system forgets it when the
 * client leaves, and a client must not escape the limits by leaving early.
 */
export function peerAddress(socket: Duplex): string {
  const address: unknown = 'remoteAddress' in socket ? socket.remoteAddress : undefined
  return typeof address === 'string' ? address : leftPeer
}
