import type { Slot } from './admission.ts'
import type { Connection } from './connection.ts'
import { createDeadlineSet, type DeadlineSet } from './deadline-set.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** The memory that the connections of one server hold, and their deadlines. */
export type Load = {
  /** Queries of all connections that wait for their answers. */
  inFlight(): number
  /** Open connections without a query and without unsent bytes; those in their TLS handshake are among them. */
  readonly idle: DeadlineSet<Slot>
  /** Connections whose client has begun a message. */
  readonly receiving: DeadlineSet<Connection>
  /** A query of the connection begins to wait for its answer. */
  begin(connection: Connection): void
  /** Its answer is found, or there is none. */
  end(connection: Connection): void
  /** Counts the connection's unsent bytes again. Without any and without a query, it is idle from now on. */
  count(connection: Connection): void
  /** Forgets a connection that has closed. */
  remove(connection: Connection): void
  /** Closes the connections whose time is over. */
  sweep(): void
}

/** No load. `now` is a monotonic clock (ms). */
export function createLoad(limits: TcpLimits, now: () => number): Load {
  const idle = createDeadlineSet<Slot>(limits.idleMs, now)
  const receiving = createDeadlineSet<Connection>(limits.messageMs, now)
  const stalled = createDeadlineSet<Connection>(limits.sendMs, now)
  let inFlight = 0
  let unsentBytes = 0

  function setUnsent(connection: Connection, bytes: number): void {
    const before = connection.unsentBytes
    if (bytes === before) return
    connection.unsentBytes = bytes
    unsentBytes += bytes - before
    if (bytes === 0) stalled.stop(connection)
    else if (before === 0) stalled.start(connection)
    if (unsentBytes > limits.maxUnsentBytesInAll) stalled.oldest()?.slot.socket.destroy()
  }

  return {
    inFlight: () => inFlight,
    idle,
    receiving,
    begin(connection) {
      inFlight++
      if (connection.inFlight++ === 0) idle.stop(connection.slot)
    },
    end(connection) {
      inFlight--
      connection.inFlight--
    },
    count(connection) {
      const { slot } = connection
      setUnsent(connection, slot.socket.writableLength)
      if (connection.inFlight === 0 && connection.unsentBytes === 0) idle.start(slot)
    },
    remove(connection) {
      setUnsent(connection, 0)
      receiving.stop(connection)
    },
    sweep() {
      // An idle connection has nothing to send: a client that asks at this moment finds it closed and asks again.
      for (const { socket } of idle.takeExpired()) socket.destroySoon()
      for (const { slot } of receiving.takeExpired()) slot.socket.destroy()
      for (const { slot } of stalled.takeExpired()) slot.socket.destroy()
    },
  }
}
