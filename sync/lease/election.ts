import type { Clock } from '../clock.ts'
import { errorText } from '../error-text.ts'
import type { Notify } from '../events.ts'
import { KubeError } from '../kube/http/errors.ts'
import type { Log } from '../log.ts'
import type { Lease } from './lease-client.ts'
import type { LeaseRecord } from './lease-record.ts'
import { type LeaseTimes, mayTake, observed, type Standing, startStanding, termAt } from './standing.ts'

/** Whether this replica leads. */
export type Leadership = {
  /** The term of this replica while it leads, else undefined. Read again before every publish. */
  term(): number | undefined
  /** Calls `listener` whenever leadership is gained or lost. */
  onChange(listener: () => void): void
  /** Resolves when the signal has aborted and the Lease, if held, is released. Rejects with programming errors. */
  readonly done: Promise<void>
}

export type ElectionPorts = {
  readonly lease: Lease
  readonly identity: string
  readonly times: LeaseTimes
  readonly clock: Clock
  /** A clock that only moves forward (ms): durations must not depend on changes of the system time. */
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
  /** The Lease as this replica last wrote it; undefined when it must be read. */
  ownRecord: LeaseRecord | undefined
  wasLeading: boolean
}

/**
 * Competes for the Lease until the signal aborts: renews it while this replica holds it, and takes it once its holder
 * no longer renews it. A leader that cannot reach the API stops leading at its renewal deadline.
 */
export function seekLeadership(ports: ElectionPorts): Leadership {
  const listeners: (() => void)[] = []
  const election: Election = {
    ports,
    changed: () => {
      for (const listener of listeners) listener()
    },
    standing: startStanding,
    ownRecord: undefined,
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
    // Jitter separates replicas that started together. The time of a slow attempt counts as part of the wait.
    const waitMs = ports.times.retryMs * (0.8 + 0.4 * ports.random()) + beganMs - ports.steadyMs()
    await ports.clock.sleep(Math.max(0, waitMs), ports.signal)
    tell(election)
  }
  await release(election)
}

async function attempt(election: Election): Promise<void> {
  const { ports } = election
  const { lease, identity, times, clock, log, steadyMs } = ports
  // An attempt that hangs, such as on a dead connection, leaves time for another one (as in client-go).
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(times.renewDeadlineMs / 2)])
  const beganMs = steadyMs()
  try {
    const isLeading = termAt(election.standing, beganMs, times) !== undefined
    const before = isLeading && election.ownRecord ? election.ownRecord : await lease.read(signal)
    if (before) {
      election.standing = observed(election.standing, before.resourceVersion, steadyMs())
      if (!mayTake(before, election.standing, identity, steadyMs())) return
    }
    const written = await lease.write(before, { nowMs: clock.nowMs(), durationMs: times.durationMs }, signal)
    election.ownRecord = written
    election.standing = {
      resourceVersion: written.resourceVersion,
      seenAtMs: steadyMs(),
      // From before the request: the API may have written the Lease at its very start.
      renewedAtMs: beganMs,
      term: written.transitions,
    }
  } catch (error) {
    if (ports.signal.aborted) return
    const isKnown = error instanceof KubeError || error === signal.reason
    if (!isKnown) throw error
    // Lost the race: re-read the Lease on the next attempt.
    election.ownRecord = undefined
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
  else ports.log.warn('leadership lost', { identity: ports.identity })
  election.changed()
}

/** Releases the Lease, so that another replica takes over at once. A failure is logged only: the Lease then expires. */
async function release(election: Election): Promise<void> {
  const { ports, ownRecord } = election
  if (!ownRecord || termAt(election.standing, ports.steadyMs(), ports.times) === undefined) return
  election.standing = { ...election.standing, renewedAtMs: undefined }
  try {
    const terms = { nowMs: ports.clock.nowMs(), durationMs: 0, released: true }
    await ports.lease.write(ownRecord, terms, AbortSignal.timeout(ports.times.retryMs))
    ports.log.info('lease released', { identity: ports.identity })
  } catch (error) {
    ports.log.warn('lease not released', { reason: errorText(error) })
  }
}
