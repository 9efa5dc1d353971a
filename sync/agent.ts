import type { Notify } from './events.ts'
import { createGuard, type Guard } from './guard/deletion-guard.ts'
import type { Leadership } from './lease/election.ts'
import type { Source } from './objects/source.ts'
import { logRound } from './observe/round-log.ts'
import { createSkewLog, type SkewLog } from './observe/skew-log.ts'
import { createSkipLog, type SkipLog } from './observe/skip-log.ts'
import type { AgentOptions } from './options.ts'
import { PublishError } from './publish/errors.ts'
import { heartbeatDueMs } from './publish/plan.ts'
import { type Known, learn, nothingKnown, type Publisher, type Round, round } from './publish/round.ts'
import { createPublisher, type PublishPorts } from './publish-once.ts'
import {
  afterFailure,
  afterHold,
  afterNothing,
  afterPublish,
  allowance,
  budgetOf,
  gatherMs,
  nextPublish,
  type Pace,
  type PaceLimits,
  paceLimits,
  startLimits,
  startPace,
  withChange,
  withPaid,
} from './schedule/schedule.ts'
import { createBell } from './wake-up.ts'

/*
 * A change walks one way:
 *
 *   API ──▶ watch ──▶ build ──▶ plan ──▶ seal ──▶ publish ──▶ edge
 *           reflector  build.ts  plan.ts  root.ts  publish.ts
 *           → store    shards,   what is  signed   blobs first,
 *           → bell     hashes    new      root     root last
 *
 * The bell says only "look again": whoever wakes builds from the whole store (round.ts). When that may happen
 * is pace.ts's to say. This file holds the loop, and no rules.
 */

/** The world of a live agent. */
export type AgentPorts = PublishPorts & {
  readonly source: Source
  /** Whether this replica leads; without it there is one replica, which always does. */
  readonly leadership?: Leadership
  readonly notify?: Notify | undefined
}

type Agent = {
  readonly ports: AgentPorts
  readonly publisher: Publisher
  readonly guard: Guard
  readonly skips: SkipLog
  readonly skew: SkewLog
  known: Known
  limits: PaceLimits
  pace: Pace
}

/**
 * Publishes what the source sees until the signal aborts, then resolves. Nothing is published before every
 * kind of object was listed. Failures of the edge are logged and met again later, at a growing distance;
 * rejects when the source fails for good, or with a fault of ours.
 */
export async function runAgent(options: AgentOptions, ports: AgentPorts): Promise<void> {
  const { source, signal, clock } = ports
  const bell = createBell()
  source.onChange(() => bell.ring())
  const fault = new AbortController()
  source.done.catch((error: unknown) => fault.abort(error))
  ports.leadership?.onChange(() => bell.ring())
  ports.leadership?.done.catch((error: unknown) => fault.abort(error))
  const stop = AbortSignal.any([signal, fault.signal])
  const publisher = createPublisher(options, ports, source.store, {
    static: false,
    term: () => (ports.leadership ? ports.leadership.term() : 0),
  })
  // The edge is asked while the cluster is listed; what became of it is for the first turn to say.
  const asked = learn(publisher, nothingKnown)
  asked.catch(() => undefined)
  await untilAborted(source.synced, stop)
  const agent: Agent = {
    ports,
    publisher,
    guard: createGuard(options, ports),
    skips: createSkipLog(ports.log),
    skew: createSkewLog(ports.log),
    known: { ...nothingKnown, asked },
    limits: startLimits,
    pace: startPace,
  }
  while (!stop.aborted) {
    if (bell.rang()) {
      // What belongs together, such as a Service and its slices, comes by watches of its own.
      if (!agent.pace.dirty) await clock.sleep(gatherMs(agent.limits), stop)
      agent.pace = withChange(agent.pace)
    }
    if (publisher.term() === undefined) {
      // Whoever leads meanwhile writes what this replica will have to ask for.
      agent.known = nothingKnown
      agent.guard.forget()
      ports.notify?.({ kind: 'standby' })
      await bell.wait(Number.POSITIVE_INFINITY, clock, stop)
      continue
    }
    const waitMs = nextPublish(agent.pace, agent.limits) - clock.nowMs()
    ports.notify?.({ kind: 'waiting', waitMs: Math.max(0, waitMs) })
    if (waitMs <= 0) await turn(agent)
    // With a change at hand, further ones say nothing new.
    else if (agent.pace.dirty) await clock.sleep(waitMs, stop)
    else await bell.wait(waitMs, clock, stop)
  }
  fault.signal.throwIfAborted()
}

/** One round, and what it means for the next. */
async function turn(agent: Agent): Promise<void> {
  const { ports, publisher, guard, known } = agent
  const startMs = ports.clock.nowMs()
  const sentBefore = publisher.edge.keysSent()
  try {
    const { source } = ports
    const held = await learn(publisher, known)
    agent.known = { held, putAll: known.putAll }
    agent.limits = paceLimits(held.declaration, publisher.options.heartbeatMs)
    agent.skew(edgeAheadMs(agent))
    const paidMs = held.published?.paidUntilMs
    const paidUntilMs = paidMs === undefined ? undefined : paidMs - edgeAheadMs(agent)
    agent.pace = withPaid(agent.pace, agent.limits, { paidUntilMs, nowMs: startMs })
    if (!guard.passes(held.published, ports.clock.nowMs())) {
      agent.pace = afterHold(agent.pace, ports.clock.nowMs())
      return
    }
    ports.notify?.({ kind: 'turn', store: source.store })
    const budget = budgetOf(agent.pace, agent.limits)
    const state = { asOfMs: source.asOfMs(), objects: guard.begin(), budget }
    const allowed = allowance(agent.pace, agent.limits, startMs)
    const done = await round(publisher, state, { held, putAll: known.putAll, allowance: allowed })
    const atMs = ports.clock.nowMs()
    agent.skips(done.snapshot.skipped)
    logRound(ports.log, done, atMs - startMs)
    settle(agent, done)
    const { pace, limits } = agent
    ports.notify?.({
      ...{ kind: 'round', round: done, ms: atMs - startMs, atMs, pace, limits },
      edgeAheadMs: edgeAheadMs(agent),
    })
  } catch (error) {
    if (ports.signal.aborted) return
    if (!(error instanceof PublishError)) throw error
    const { code, message, retryable } = error
    const nowMs = ports.clock.nowMs()
    const writes = publisher.edge.keysSent() - sentBefore
    const { limits } = agent
    agent.pace = afterFailure(agent.pace, { nowMs, random: ports.random(), writes, limits })
    agent.known = { held: undefined, putAll: known.putAll || code === 'BLOB_MISSING' }
    guard.undo()
    const retryMs = Math.round(agent.pace.retryAtMs - nowMs)
    ports.notify?.({ kind: 'failed', code })
    ports.log.warn(retryable ? 'publish failed' : 'publish refused, somebody must act', {
      code,
      reason: message,
      retryMs,
      failures: agent.pace.failures,
    })
  }
}

function settle(agent: Agent, done: Round): void {
  const { publisher } = agent
  const nowMs = agent.ports.clock.nowMs()
  agent.known = { held: done.held, putAll: false }
  agent.limits = paceLimits(done.held.declaration, publisher.options.heartbeatMs)
  const root = done.held.published
  const heartbeatAtMs = root ? heartbeatDueMs(root, agent.limits.heartbeatMs) - edgeAheadMs(agent) : nowMs
  agent.pace =
    done.kind === 'nothing'
      ? afterNothing(agent.pace, heartbeatAtMs, { late: done.late, shortOf: done.shortOf, nowMs })
      : afterPublish(agent.pace, agent.limits, {
          nowMs,
          writes: done.blobs + 1,
          heartbeat: done.kind === 'heartbeat',
          late: done.late,
          heartbeatAtMs,
        })
}

/** By how much the edge's clock is ahead of the agent's, in ms. */
function edgeAheadMs({ ports, publisher }: Agent): number {
  const nowMs = ports.clock.nowMs()
  return publisher.edge.toEdgeMs(nowMs) - nowMs
}

/** Waits for a promise, or for the signal; a rejection is the caller's. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const stop = (): void => aborted.resolve()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
