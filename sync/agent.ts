import type { Notify, NotifyPublish } from './events.ts'
import { createGuard, type Guard } from './guard/deletion-guard.ts'
import type { Leadership } from './lease/election.ts'
import type { Source } from './objects/source.ts'
import { createSkewLog, createSkipLog, logRound, type SkewLog, type SkipLog } from './observe/log-lines.ts'
import type { AgentOptions } from './options.ts'
import { PublishError } from './publish/errors.ts'
import {
  afterFailedRound,
  edgeStateOf,
  type KnownEdge,
  type Publisher,
  type Round,
  runRound,
  unknownEdge,
} from './publish/round.ts'
import { createPublisher, type PublishPorts } from './publish-once.ts'
import {
  gatherMs,
  heartbeatDueMs,
  type ScheduleLimits,
  scheduleLimits,
  undeclaredLimits,
} from './schedule/limits.ts'
import {
  afterFailure,
  afterHeldDeletion,
  afterIdleRound,
  afterPublish,
  initialSchedule,
  nextPublishMs,
  roundBudget,
  type Schedule,
  withChange,
  withUsedBudget,
} from './schedule/schedule.ts'
import { createWakeUp, type WakeUp } from './wake-up.ts'

/*
 * A change walks one way:
 *
 *   API ──▶ watch ──────▶ build ───────▶ plan ────────▶ sign ─────▶ upload ──▶ edge
 *           kube/         build/         publish/       snapshot/   publish/
 *           reflector.ts  snapshot.ts    plan.ts        root.ts     upload.ts
 *           → store       → shards,      → what to      → JWS       blobs first,
 *           → wake-up     hashes         write                      root last
 *
 * A wake-up only means that the store may have changed: each round (publish/round.ts) builds from the whole store.
 * schedule/ decides when a round may start and how many keys it may write, guard/ whether deletions may be published.
 * This file holds the loop, and no rules.
 */

/** The ports of an agent that publishes a source to one edge. Agents of several edges share all ports but the edge. */
export type AgentPorts = PublishPorts & {
  readonly source: Source
  /** Reports whether this replica leads; without it there is one replica, which always leads. */
  readonly leadership?: Leadership
  readonly notify?: Notify | undefined
}

type Agent = {
  readonly ports: Omit<AgentPorts, 'notify'> & { readonly notify: NotifyPublish }
  readonly publisher: Publisher
  readonly guard: Guard
  readonly logSkips: SkipLog
  readonly logSkew: SkewLog
  known: KnownEdge
  limits: ScheduleLimits
  schedule: Schedule
}

/**
 * Publishes the source's objects until the signal aborts, then resolves. Publishes nothing before every kind of
 * object was listed and the access policy was read, if there is one. A failure of the edge is logged and retried at growing intervals. Rejects when the source or the
 * election fails for good, or with an internal error.
 */
export async function runAgent(options: AgentOptions, ports: AgentPorts): Promise<void> {
  const { source, signal, leadership, policy } = ports
  const wakeUp = createWakeUp()
  const fault = new AbortController()
  for (const each of [source, leadership, policy]) {
    each?.onChange(() => wakeUp.wake())
    each?.done.catch((error: unknown) => fault.abort(error))
  }
  const stop = AbortSignal.any([signal, fault.signal])
  const term = (): number | undefined => (leadership ? leadership.term() : 0)
  const publisher = createPublisher(options, ports, source.store, { static: source.isStatic === true, term })
  // Read the edge's state while the cluster is listed; the first round awaits it and reports a failure.
  const reading = edgeStateOf(publisher, unknownEdge)
  reading.catch(() => undefined)
  await untilAborted(Promise.all([source.synced, policy?.ready]), stop)
  const notify: NotifyPublish = (event) => ports.notify?.({ ...event, edge: ports.edge.url })
  const agent: Agent = {
    ports: { ...ports, notify },
    publisher,
    guard: createGuard(options, { ...ports, notify }),
    logSkips: createSkipLog(ports.log),
    logSkew: createSkewLog(ports.log),
    known: { ...unknownEdge, reading },
    limits: undeclaredLimits,
    schedule: initialSchedule,
  }
  while (!stop.aborted) await step(agent, wakeUp, stop)
  fault.signal.throwIfAborted()
}

/** One pass of the loop: records changes, then waits as a standby, publishes, or waits for the next round. */
async function step(agent: Agent, wakeUp: WakeUp, stop: AbortSignal): Promise<void> {
  const { publisher, ports } = agent
  const { clock, notify } = ports
  if (wakeUp.isDue()) {
    // Related objects, such as a Service and its slices, arrive by separate watches.
    if (!agent.schedule.dirty) await clock.sleep(gatherMs(agent.limits), stop)
    agent.schedule = withChange(agent.schedule)
  }
  if (publisher.term() === undefined) {
    // Another replica publishes meanwhile, so the edge's state must be read again after that.
    agent.known = unknownEdge
    agent.guard.forget()
    publisher.builder.forgetPolicy()
    notify({ kind: 'standby' })
    return wakeUp.wait(Number.POSITIVE_INFINITY, clock, stop)
  }
  const waitMs = nextPublishMs(agent.schedule, agent.limits) - clock.nowMs()
  notify({ kind: 'waiting', waitMs: Math.max(0, waitMs) })
  if (waitMs <= 0) return attempt(agent)
  // While a change waits, further changes do not matter.
  return agent.schedule.dirty ? clock.sleep(waitMs, stop) : wakeUp.wait(waitMs, clock, stop)
}

/** One round. A failure of the edge is logged and moves the schedule; other errors are thrown. */
async function attempt(agent: Agent): Promise<void> {
  const { ports, publisher, guard } = agent
  const sentBefore = publisher.edge.keysSent()
  try {
    await publishRound(agent)
  } catch (error) {
    if (ports.signal.aborted) return
    if (!(error instanceof PublishError)) throw error
    const { code, message, retryable, retryAfterMs } = error
    const nowMs = ports.clock.nowMs()
    const keys = publisher.edge.keysSent() - sentBefore
    const { limits } = agent
    agent.schedule = afterFailure(agent.schedule, {
      nowMs,
      random: ports.random(),
      retryAfterMs,
      keys,
      limits,
    })
    agent.known = afterFailedRound(agent.known, code)
    guard.undo()
    const retryMs = Math.round(agent.schedule.retryAtMs - nowMs)
    ports.notify({ kind: 'failed', code })
    ports.log.warn(retryable ? 'publish failed' : 'publish refused, needs action', {
      code,
      reason: message,
      retryMs,
      failures: agent.schedule.failures,
    })
  }
}

async function publishRound(agent: Agent): Promise<void> {
  const { ports, publisher, guard, known } = agent
  const { source, clock } = ports
  const startMs = clock.nowMs()
  const edgeState = await edgeStateOf(publisher, known)
  agent.known = { ...known, state: edgeState }
  agent.limits = scheduleLimits(edgeState.declaration, publisher.options.heartbeatMs)
  agent.logSkew(edgeAheadMs(agent))
  const paidMs = edgeState.published?.paidUntilMs
  const paidUntilMs = paidMs === undefined ? undefined : paidMs - edgeAheadMs(agent)
  agent.schedule = withUsedBudget(agent.schedule, agent.limits, { paidUntilMs, nowMs: startMs })
  if (!guard.passes(edgeState.published, clock.nowMs())) {
    agent.schedule = afterHeldDeletion(agent.schedule, clock.nowMs())
    return
  }
  ports.notify({ kind: 'round-start', store: source.store })
  const budget = roundBudget(agent.schedule, agent.limits, startMs)
  const asOfMs = source.isStatic ? 'static' : source.asOfMs()
  const input = { asOfMs, objects: guard.begin(), budget } as const
  const round = await runRound(publisher, input, { ...known, edgeState })
  const atMs = clock.nowMs()
  agent.logSkips(round.snapshot.skipped)
  logRound(ports.log, round, atMs - startMs)
  takeOver(agent, round)
  const { schedule, limits } = agent
  ports.notify({
    ...{ kind: 'round', round, ms: atMs - startMs, atMs, schedule, limits },
    edgeAheadMs: edgeAheadMs(agent),
  })
}

/** Takes over a round's result: the edge's state, its limits, and the schedule. */
function takeOver(agent: Agent, round: Round): void {
  const { publisher } = agent
  const { declaration, published } = round.edgeState
  const nowMs = agent.ports.clock.nowMs()
  agent.known = { state: round.edgeState, putAll: false }
  agent.limits = scheduleLimits(declaration, publisher.options.heartbeatMs)
  const heartbeatAtMs = published
    ? heartbeatDueMs(published, agent.limits.heartbeatMs) - edgeAheadMs(agent)
    : nowMs
  const { kind } = round
  agent.schedule =
    kind === 'nothing'
      ? afterIdleRound(agent.schedule, { ...round, nowMs, heartbeatAtMs })
      : afterPublish(agent.schedule, agent.limits, { ...round, kind, nowMs, heartbeatAtMs })
}

/** By how much the edge's clock is ahead of the agent's (ms). */
function edgeAheadMs({ ports, publisher }: Agent): number {
  const nowMs = ports.clock.nowMs()
  return publisher.edge.toEdgeMs(nowMs) - nowMs
}

/** Resolves when the promise does or the signal aborts; rejects when the promise does. */
async function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
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
