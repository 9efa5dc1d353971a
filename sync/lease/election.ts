import type { Clock } from '../clock.ts'
import { errorText } from '../error-text.ts'
import type { Notify } from '../events.ts'
import { KubeError } from '../kube/errors.ts'
import type { Log } from '../log.ts'
import type { Lease } from './lease-client.ts'
import type { LeaseRecord } from './lease-record.ts'
import { type LeaseTimes, mayTake, observed, type Standing, startStanding, termAt } from './standing.ts'

/** Whether this replica leads. */
export type Leadership = {
  /** The number of this replica's leadership while it leads, else undefined. Asked again before every publish. */
  term(): number | undefined
  /** Calls `listener` whenever leadership is gained or lost. */
  onChange(listener: () => void): void
  /** Resolves when the signal has aborted and the Lease, if it was ours, is released. Rejects with faults of ours. */
  readonly done: Promise<void>
}

export type ElectionPorts = {
  readonly lease: Lease
  readonly identity: string
  readonly times: LeaseTimes
  readonly clock: Clock
  /** A clock that only goes forward, in ms: what is long ago must not depend on who sets the time. */
  readonly steadyMs: () => number
  readonly random: () => number
  readonly log: Log
  readonly signal: AbortSignal
  readonly notify?: Notify | undefined
}

type Election = {
  readonly ports: ElectionPorts
  readonly changed: () => void
  standing: Standing
  held: LeaseRecord | undefined
  wasLeading: boolean
}

/**
 * Seeks the Lease until the signal aborts: renews it while it is ours, takes it when nobody renews it any more.
 * A replica that cannot reach the API leads until its renewal deadline, and then no more.
 */
export function seekLeadership(ports: ElectionPorts): Leadership {
  const listeners: (() => void)[] = []
  const election: Election = {
    ports,
    changed: () => {
      for (const listener of listeners) listener()
    },
    standing: startStanding,
    held: undefined,
    wasLeading: false,
  }
  return {
    term: () => termAt(election.standing, ports.steadyMs(), ports.times),
    onChange: (listener) => void listeners.push(listener),
    done: run(election),
  }
}

async function run(election: Election): Promise<void> {
  const { ports } = election
  while (!ports.signal.aborted) {
    const beganMs = ports.steadyMs()
    await attempt(election)
    tell(election)
    // Replicas that began together need not ask together. An attempt that hung has waited already.
    const waitMs = ports.times.retryMs * (0.8 + 0.4 * ports.random()) + beganMs - ports.steadyMs()
    await ports.clock.sleep(Math.max(0, waitMs), ports.signal)
    tell(election)
  }
  await release(election)
}

async function attempt(election: Election): Promise<void> {
  const { ports } = election
  const { lease, identity, times, clock, log, steadyMs } = ports
  // One that hangs, such as on a dead connection, leaves time for another (client-go's callers do the same).
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(times.renewDeadlineMs / 2)])
  const beganMs = steadyMs()
  try {
    const isLeading = termAt(election.standing, beganMs, times) !== undefined
    const before = isLeading && election.held ? election.held : await lease.read(signal)
    if (before) {
      election.standing = observed(election.standing, before.resourceVersion, steadyMs())
      if (!mayTake(before, election.standing, identity, steadyMs())) return
    }
    const held = await lease.write(before, { nowMs: clock.nowMs(), durationMs: times.durationMs }, signal)
    election.held = held
    election.standing = {
      resourceVersion: held.resourceVersion,
      seenAtMs: steadyMs(),
      // Counted from before the request: the API may have written it right then.
      renewedAtMs: beganMs,
      term: held.transitions,
    }
  } catch (error) {
    if (ports.signal.aborted) return
    const isKnown = error instanceof KubeError || error === signal.reason
    if (!isKnown) throw error
    // Who was not quick enough reads what the other wrote, next time.
    election.held = undefined
    if (error instanceof KubeError && error.code === 'KUBE_CONFLICT') {
      election.standing = { ...election.standing, renewedAtMs: undefined }
      return
    }
    log.warn('lease not renewed', { reason: errorText(error) })
  }
}

function tell(election: Election): void {
  const { ports, standing } = election
  const term = termAt(standing, ports.steadyMs(), ports.times)
  const isLeading = term !== undefined
  ports.notify?.({ kind: 'lease', known: standing.resourceVersion !== '', leading: isLeading })
  if (isLeading === election.wasLeading) return
  election.wasLeading = isLeading
  if (isLeading) ports.log.info('leading', { identity: ports.identity, term })
  else ports.log.warn('leading no more', { identity: ports.identity })
  election.changed()
}

/** Gives the Lease back, so that another replica takes over at once. Whether that works is no longer our concern. */
async function release(election: Election): Promise<void> {
  const { ports, held } = election
  if (!held || termAt(election.standing, ports.steadyMs(), ports.times) === undefined) return
  election.standing = { ...election.standing, renewedAtMs: undefined }
  try {
    const terms = { nowMs: ports.clock.nowMs(), durationMs: 0, released: true }
    await ports.lease.write(held, terms, AbortSignal.timeout(ports.times.retryMs))
    ports.log.info('lease released', { identity: ports.identity })
  } catch (error) {
    ports.log.warn('lease not released', { reason: errorText(error) })
  }
}
