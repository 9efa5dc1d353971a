import type { Log } from '../../worker/ports.ts'

/** Whether the store answers, by what its operations report. */
export type Availability = {
  isAway(): boolean
  /** A write was stored, so that the servers have a leader and a majority: a server that was cut off answers reads for ten seconds more. */
  stored(): void
  /** An operation had none, or the connection was lost. */
  failed(reason: string): void
}

/** An edge whose server does not answer for this time asks another one, at most so often (ms). */
const changeAfterMs = 3_000

/**
 * Logs when the store goes away and when it is back. A server that was cut off from the others keeps its connections, so `change` is called
 * to ask another one. `nowMs` only moves forward.
 */
export function createAvailability(ports: {
  readonly log: Log
  readonly serverName: () => string
  readonly change: () => void
  readonly nowMs: () => number
}): Availability {
  const { log, serverName, change, nowMs } = ports
  let failingSinceMs: number | undefined
  let changedAtMs = Number.NEGATIVE_INFINITY
  return {
    isAway: () => failingSinceMs !== undefined,
    stored() {
      if (failingSinceMs === undefined) return
      failingSinceMs = undefined
      log.info('store back', { server: serverName() })
    },
    failed(reason) {
      const now = nowMs()
      if (failingSinceMs === undefined) {
        failingSinceMs = now
        log.warn('store away', { server: serverName(), reason })
      }
      if (now - Math.max(failingSinceMs, changedAtMs) < changeAfterMs) return
      changedAtMs = now
      change()
    },
  }
}
