import { clientCookieBytes, optionHeadBytes } from '../../dns/message/edns.ts'

/** The limits of DNS over UDP. */
export type DnsLimits = {
  /** Queries that may wait for their answers at once; further ones are dropped, and their clients ask again. */
  readonly maxWaitingQueries: number
  /** Answers per second to a public IPv4 /24 or IPv6 /56 whose queries have no valid cookie; 0 is no limit. */
  readonly responsesPerSecond: number
}

export const defaultDnsLimits: DnsLimits = {
  maxWaitingQueries: 4_096,
  responsesPerSecond: 100,
}

/** The limits of one of several processes that read the same sockets, so that all together keep `limits`. */
export function shareOfDnsLimits(limits: Partial<DnsLimits>, processes: number): DnsLimits {
  const { maxWaitingQueries, responsesPerSecond } = { ...defaultDnsLimits, ...limits }
  return {
    maxWaitingQueries: Math.ceil(maxWaitingQueries / processes),
    responsesPerSecond: Math.ceil(responsesPerSecond / processes),
  }
}

/** Bytes of a UDP answer to a query without OPT (RFC 1035 §4.2.1), and the lowest size that OPT can state (RFC 6891 §6.2.3). */
export const plainUdpBytes = 512

/**
 * Bytes of a UDP answer, at most: more is fragmented on some paths, and fragments are lost or forged (RFC 9715 §3.1; the value
 * of the DNS flag day 2020).
 */
export const maxUdpBytes = 1_232

/**
 * The most that an answer to a public address without a valid cookie is larger than its query: the factor by which a
 * forged source amplifies a flood. Common answers need a factor of at most 4.
 */
export const maxAmplification = 8

/** Bytes of a server cookie as RFC 9018 §4 makes it. */
export const serverCookieBytes = 16

/** Bytes of the COOKIE option in an answer. */
export const cookieOptionBytes = optionHeadBytes + clientCookieBytes + serverCookieBytes

/**
 * The most bytes of a UDP answer, options included. `udpPayloadBytes` is the client's size, undefined without OPT; an
 * unverified source may be forged.
 */
export function udpAnswerBytes(
  queryBytes: number,
  udpPayloadBytes: number | undefined,
  isVerified: boolean,
): number {
  const wanted = Math.max(plainUdpBytes, Math.min(udpPayloadBytes ?? plainUdpBytes, maxUdpBytes))
  return isVerified ? wanted : Math.min(wanted, maxAmplification * queryBytes)
}
