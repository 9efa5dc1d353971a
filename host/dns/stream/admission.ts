import type { Socket } from 'node:net'
import { networkOf } from '../../../worker/limit/network.ts'
import type { ConnectionTransport, Meter } from '../../../worker/ports.ts'
import type { DeadlineSet } from './deadline-set.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** The place of one open connection. */
export type Slot = {
  /** The TCP socket; with TLS, after the handshake, the TLS socket over it. */
  socket: Socket
  /** The address at the other end. */
  readonly peer: string
  /** The IPv4 address or IPv6 /64 at the other end; undefined if it is not limited. */
  readonly source: string | undefined
}

/** The open connections of one server, within its limits. */
export type Admission = {
  /** Gives a new connection its place. Undefined if there is none or if the client has left: the connection is then closed. */
  admit(socket: Socket): Slot | undefined
  readonly slots: ReadonlySet<Slot>
}

/**
 * Admits connections up to the limits: those of `idle` make place for new ones, the one that is idle for longest first.
 * `meter`, if there is one, counts the connections of `transport` and those that are closed because of a limit.
 */
export function createAdmission(
  { maxConnections, maxConnectionsPerSource }: TcpLimits,
  idle: DeadlineSet<Slot>,
  transport: ConnectionTransport,
  meter?: Meter,
): Admission {
  const slots = new Set<Slot>()
  const counts = new Map<string, number>()

  function release(slot: Slot): void {
    if (!slots.delete(slot)) return
    meter?.disconnected(transport)
    idle.stop(slot)
    if (slot.source === undefined) return
    const left = (counts.get(slot.source) ?? 0) - 1
    if (left > 0) counts.set(slot.source, left)
    else counts.delete(slot.source)
  }

  function hasPlace(source: string | undefined): boolean {
    if (source !== undefined && (counts.get(source) ?? 0) >= maxConnectionsPerSource) {
      meter?.limited('source_connections')
      return false
    }
    if (slots.size < maxConnections) return true
    meter?.limited('connections')
    const longestIdle = idle.oldest()
    if (!longestIdle) return false
    // Released at once, since the close event comes later.
    release(longestIdle)
    longestIdle.socket.destroy()
    return true
  }

  return {
    slots,
    admit(socket) {
      // Broken connections are normal.
      socket.on('error', () => {})
      const peer = socket.remoteAddress
      const source = networkOf(peer)
      if (peer === undefined || !hasPlace(source)) {
        socket.destroy()
        return undefined
      }
      const slot: Slot = { socket, peer, source }
      slots.add(slot)
      meter?.connected(transport)
      if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1)
      idle.start(slot)
      socket.on('close', () => release(slot))
      return slot
    },
  }
}
