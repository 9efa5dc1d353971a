/**
 * What one server takes from strangers. Every default is far above what a DNS client or a publishing agent
 * needs, and bounds what one that misbehaves can hold.
 */
export type Limits = {
  /** Connections at once; further ones are dropped. An idle HTTP/2 connection costs about 50 kB. */
  readonly maxConnections: number
  /** Bytes of a request's head. A query by GET has at most 5,500, a token and headers beside it. */
  readonly maxHeaderBytes: number
  /** Header lines of a request. */
  readonly maxHeaders: number
  /** From connecting to the end of the TLS handshake, to the first bytes, to the end of an HTTP/1.1 head; in ms. */
  readonly headersMs: number
  /** From asking for a request's body to its last byte, in ms: 1 MiB at 50 kB/s. */
  readonly bodyMs: number
  /** From a request's head to the last byte of its response, in ms. */
  readonly requestMs: number
  /** A connection without a request lasts this long, in ms. */
  readonly idleMs: number
  /** How long an HTTP/1.1 client that was refused may go on sending, in ms: it reads the refusal only then. */
  readonly lingerMs: number
  /** How often clocks are looked at, in ms: the times above are exact to this. */
  readonly sweepMs: number
  /** Requests at once on one HTTP/2 connection. RFC 9113 §6.5.2 recommends at least 100. */
  readonly maxStreams: number
  /** Megabytes that one HTTP/2 connection may hold before its new streams are refused. */
  readonly maxSessionMegabytes: number
  /** Entries of one SETTINGS frame. RFC 9113 defines six. */
  readonly maxSettings: number
  /** Invalid frames before an HTTP/2 connection is closed. */
  readonly maxInvalidFrames: number
  /** Streams opened above `maxStreams` before an HTTP/2 connection is closed. */
  readonly maxRejectedStreams: number
  /** Streams that a client may reset at once (CVE-2023-44487) before its connection is closed. */
  readonly maxResetBurst: number
  /** Resets that it regains per second. */
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
