/** The limits of DNS over TCP and TLS on one listening address. */
export type TcpLimits = {
  /**
   * Connections at once. One more closes the connection that has been without a query for longest; where each of them has
   * one, the new connection is closed.
   */
  readonly maxConnections: number
  /** Connections at once from one IPv4 address or IPv6 /64; further ones are closed. Loopback is not limited. */
  readonly maxConnectionsPerSource: number
  /** Queries of one connection that may wait for their answers; further ones are not read until then. */
  readonly maxInFlight: number
  /** Queries of one connection that are started before the other connections have their turn. */
  readonly maxPerTurn: number
  /** Waiting queries of all connections. Above it, each connection may have one. */
  readonly maxInFlightInAll: number
  /** Bytes of answers that a client has not read yet; above it, no more of its queries are read. */
  readonly maxUnsentBytes: number
  /** Unread bytes of answers of all connections. Above it, the client that has not read for longest is disconnected. */
  readonly maxUnsentBytesInAll: number
  /** The time for the TLS handshake (ms). */
  readonly handshakeMs: number
  /** A connection without a query is closed after this time (ms); edns-tcp-keepalive tells it to the client. */
  readonly idleMs: number
  /** The time from the first byte of a query to its last (ms). */
  readonly messageMs: number
  /** The time in which a client must read its answers (ms). */
  readonly sendMs: number
  /** How long a client may continue to send after the last answer, before the server closes (ms): a reset could overtake that answer. */
  readonly lingerMs: number
  /** Interval of the checks of these times (ms), which is their precision. */
  readonly sweepMs: number
}

/**
 * The limits of one of several processes that share their addresses, as far as they differ from the defaults, where all
 * processes together may have `maxConnections` on each address.
 */
export function shareOfLimits(maxConnections: number | undefined, processes: number): Partial<TcpLimits> {
  const share = (whole: number): number => Math.ceil(whole / processes)
  return {
    maxConnections: share(maxConnections ?? defaultTcpLimits.maxConnections),
    maxConnectionsPerSource: share(defaultTcpLimits.maxConnectionsPerSource),
    maxInFlightInAll: share(defaultTcpLimits.maxInFlightInAll),
    maxUnsentBytesInAll: share(defaultTcpLimits.maxUnsentBytesInAll),
  }
}

/** Connections cost about 15 kB each, over TLS about 60 kB. */
export const defaultTcpLimits: TcpLimits = {
  maxConnections: 4_096,
  maxConnectionsPerSource: 512,
  maxInFlight: 100,
  maxPerTurn: 8,
  maxInFlightInAll: 4_096,
  maxUnsentBytes: 64 * 1024,
  maxUnsentBytesInAll: 64 * 1024 * 1024,
  handshakeMs: 10_000,
  idleMs: 30_000,
  messageMs: 5_000,
  sendMs: 10_000,
  lingerMs: 1_000,
  sweepMs: 500,
}
