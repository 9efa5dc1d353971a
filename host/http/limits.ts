/**
 * The limits of one server. Every default is far above the needs of a DNS client or an agent, and bounds the resources
 * that a misbehaving client can hold.
 */
export type Limits = {
  /** Connections at once; further ones are dropped. An idle HTTP/2 connection costs about 50 kB. */
  readonly maxConnections: number
  /** Bytes of a request's head. A GET query has at most 5,500, in addition to a token and headers. */
  readonly maxHeaderBytes: number
  /** Header lines of a request. */
  readonly maxHeaders: number
  /** The time from connecting to the end of the TLS handshake, to the first bytes, and to the end of an HTTP/1.1 head (ms). */
  readonly headersMs: number
  /** The time from asking for a request's body to its last byte (ms): 1 MiB at 50 kB/s. */
  readonly bodyMs: number
  /** The time from a request's head to the last byte of its response (ms). */
  readonly requestMs: number
  /** A connection without a request is closed after this time (ms). */
  readonly idleMs: number
  /** How long a rejected HTTP/1.1 client may continue to send (ms): it reads the response only afterwards. */
  readonly lingerMs: number
  /** Interval of the checks for deadlines (ms), which is the precision of the times above. */
  readonly sweepMs: number
  /** Requests at once on one HTTP/2 connection. RFC 9113 §6.5.2 recommends at least 100. */
  readonly maxStreams: number
  /** Memory that one HTTP/2 connection may use before its new streams are refused (MB). */
  readonly maxSessionMegabytes: number
  /** Entries of one SETTINGS frame. RFC 9113 defines six. */
  readonly maxSettings: number
  /** Invalid frames before an HTTP/2 connection is closed. */
  readonly maxInvalidFrames: number
  /** Streams opened above `maxStreams` before an HTTP/2 connection is closed. */
  readonly maxRejectedStreams: number
  /** Streams that a client may reset at once (CVE-2023-44487) before its connection is closed. */
  readonly maxResetBurst: number
  /** Resets per second by which this allowance is refilled. */
  readonly resetsPerSecond: number
}

export const defaultLimits: Limits = {
  maxConnections: 4_096,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 64,
  headersMs: 10_000,
  bodyMs: 20_000,
  requestMs: 30_000,
  idleMs: 120_000,
  lingerMs: 1_000,
  sweepMs: 1_000,
  maxStreams: 100,
  maxSessionMegabytes: 10,
  maxSettings: 16,
  maxInvalidFrames: 100,
  maxRejectedStreams: 100,
  maxResetBurst: 500,
  resetsPerSecond: 33,
}
