/** Whether a client is a program of this machine that asked over loopback. IPv4 addresses may be those of an IPv6 socket (RFC 4291 §2.5.5.2). */
export function isLoopbackPeer(peer: string): boolean {
  return peer === '::1' || peer.startsWith('127.') || peer.startsWith('::ffff:127.')
}
