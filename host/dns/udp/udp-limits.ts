/** The limits of DNS over UDP. */
export type UdpLimits = {
  /** Queries that may wait for their answers at once; further ones are dropped, and their clients ask again. */
  readonly maxWaitingQueries: number
  /** Answers per second to a public IPv4 /24 or IPv6 /56 whose queries have no valid cookie; 0 is no limit. */
  readonly responsesPerSecond: number
}

export const defaultUdpLimits: UdpLimits = {
  maxWaitingQueries: 4_096,
  responsesPerSecond: 100,
}

/** The limits of one of several processes that read the same sockets, so that all together keep `limits`. */
export function shareOfUdpLimits(limits: Partial<UdpLimits>, processes: number): UdpLimits {
  const { maxWaitingQueries, responsesPerSecond } = { ...defaultUdpLimits, ...limits }
  return {
    maxWaitingQueries: Math.ceil(maxWaitingQueries / processes),
    responsesPerSecond: Math.ceil(responsesPerSecond / processes),
  }
}

/** Bytes of a UDP answer to a query without OPT (RFC 1035 §4.2.1), and the lowest size that OPT can state (RFC 6891 §6.2.3). */
export const plainUdpBytes = 512

/**
 * The most bytes of a UDP answer. Larger ones are fragmented on some paths, and fragments can be lost or forged (RFC 9715;
 * the value is that of the DNS flag day 2020).
 */
export const maxUdpBytes = 1_232

/**
 * The largest ratio of an answer's size to the size of its query, for public addresses without a valid cookie: the factor by
 * which an attacker who forges the source amplifies a flood. Common answers are at most four times as large as their queries.
 */
export const maxAmplification = 8

/**
 * The most bytes of the answer to a query of `queryBytes`, options included. `udpPayloadBytes` is the size that the client
 * accepts, undefined without OPT. `isVerified` is false if the source may be forged.
 */
export function udpAnswerBytes(
  queryBytes: number,
  udpPayloadBytes: number | undefined,
  isVerified: boolean,
): number {
  const wanted = Math.max(plainUdpBytes, Math.min(udpPayloadBytes ?? plainUdpBytes, maxUdpBytes))
  return isVerified ? wanted : Math.min(wanted, maxAmplification * queryBytes)
}
