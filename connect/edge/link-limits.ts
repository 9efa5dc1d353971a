/** The limits of a link to the edge. */
export type LinkLimits = {
  /** Requests at once; fewer if the edge says so. */
  readonly maxStreams: number
  /** Requests that may wait for their turn. */
  readonly maxWaiting: number
  /** The time of a request with all its waiting (ms): clients ask again after 5 s. */
  readonly answerMs: number
  /** The same in an outage that has lasted for `graceMs`. */
  readonly failingMs: number
  /** How long requests wait for a connection at the start of an outage (ms). */
  readonly graceMs: number
  /** After this time without a response a connection is checked while it is used (ms): the machine may have slept. */
  readonly idleMs: number
  /** The same while requests wait for their responses. */
  readonly silentMs: number
  /** The first and the longest time between two attempts to connect (ms). */
  readonly firstRetryMs: number
  readonly lastRetryMs: number
  /** Interval of the checks for these times (ms), which is their precision. */
  readonly sweepMs: number
}

export const defaultLinkLimits: LinkLimits = {
  maxStreams: 100,
  maxWaiting: 16_384,
  answerMs: 4_000,
  failingMs: 500,
  graceMs: 2_000,
  idleMs: 10_000,
  silentMs: 1_000,
  firstRetryMs: 50,
  lastRetryMs: 1_000,
  sweepMs: 100,
}
