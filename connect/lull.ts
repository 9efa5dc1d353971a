/** Calls a function at the end of this turn of the event loop, or later if queries arrive faster than they are read. */
export type Lull = (then: () => void) => void

export type LullParts = {
  /** The number of queries that have been read so far. */
  readonly arrived: () => number
  /** Calls a function after the sockets have been read once more: setImmediate. */
  readonly nextTurn: (then: () => void) => void
  /** A monotonic clock (ms). */
  readonly now: () => number
}

/** The most datagrams that libuv reads from a socket per turn. After fewer, the socket is empty. */
const datagramsPerTurn = 32

/** The longest wait (ms), so that a flood of cached names does not block the others. */
const longestMs = 100

/**
 * Creates a lull. Asking the edge takes many times as long as reading a query, and the system drops datagrams for which its buffer
 * has no room: while a burst arrives, it is read first.
 */
export function createLull({ arrived, nextTurn, now }: LullParts): Lull {
  let waiting: (() => void)[] = []
  let before = 0
  let sinceMs = 0

  function look(): void {
    const count = arrived() - before
    before += count
    if (count >= datagramsPerTurn && now() - sinceMs < longestMs) return nextTurn(look)
    const due = waiting
    waiting = []
    for (const then of due) then()
  }

  return (then) => {
    if (waiting.push(then) > 1) return
    sinceMs = now()
    before = arrived()
    nextTurn(look)
  }
}
