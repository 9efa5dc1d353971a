import { declaredBlobsPerRequest, maxBodyBytes } from '../snapshot/ingest.ts'
import { blobsOf } from '../snapshot/root.ts'
import type { BlobHash, Root } from '../snapshot/schema.ts'
import { storedBitsOf } from '../sync/build/shards.ts'
import type { Builder } from '../sync/build/snapshot.ts'
import type { AgentOptions } from '../sync/options.ts'
import { planPublish } from '../sync/publish/plan.ts'
import { batchesOf } from '../sync/publish/upload.ts'
import { noneDeferred } from '../sync/schedule/deferred-shards.ts'
import type { ScheduleLimits } from '../sync/schedule/limits.ts'
import {
  afterIdleRound,
  afterPublish,
  initialSchedule,
  nextPublishMs,
  type Schedule,
  withChange,
} from '../sync/schedule/schedule.ts'

/** The simulated writes of an agent: numbers of roots, blobs and requests to the ingest routes; bytes of the blobs. */
export type Writes = {
  readonly publishes: number
  readonly blobs: number
  readonly requests: number
  readonly bytes: number
}

/** An agent that schedules and plans as usual, but counts its writes instead of sending them. */
export type Simulation = {
  readonly intervalMs: number
  /** When the first snapshot was published (Unix ms). */
  readonly beganMs: number | undefined
  readonly schedule: Schedule
  readonly published: Root | undefined
  /** The first snapshot, and all later writes. Heartbeats are not simulated. */
  readonly first: Writes
  readonly later: Writes
  /** Blobs that are no longer used: an edge deletes those that are not used again. */
  readonly unused: ReadonlySet<BlobHash>
}

/** The options and builder of a simulated agent. */
export type SimulatedAgent = { readonly options: AgentOptions; readonly builder: Builder }

/** A step of the simulation: the time (Unix ms), and whether the store changed since the last step. */
export type Step = { readonly nowMs: number; readonly changed: boolean }

const noWrites: Writes = { publishes: 0, blobs: 0, requests: 0, bytes: 0 }

/** An agent that has published nothing yet, for an edge that declares this interval between two roots (ms). */
export function startSimulation(intervalMs: number): Simulation {
  return {
    intervalMs,
    beganMs: undefined,
    schedule: initialSchedule,
    published: undefined,
    first: noWrites,
    later: noWrites,
    unused: new Set(),
  }
}

/** Takes one step: the agent publishes if there is new content and its interval has passed. */
export async function advance(
  before: Simulation,
  agent: SimulatedAgent,
  { nowMs, changed }: Step,
): Promise<Simulation> {
  const schedule = changed ? withChange(before.schedule) : before.schedule
  if (!schedule.dirty || nextPublishMs(schedule, limitsOf(before)) > nowMs) return { ...before, schedule }
  const { published } = before
  const snapshot = await agent.builder.build(storedBitsOf(published))
  const { cluster } = agent.options
  const context = { cluster, nowMs, asOfMs: nowMs, term: 0, putAll: false }
  const heartbeatAtMs = Number.POSITIVE_INFINITY
  const plan = planPublish(published, snapshot, { ...context, heartbeatMs: heartbeatAtMs })
  if (plan.kind === 'nothing') {
    const idle = { nowMs, heartbeatAtMs, deferred: noneDeferred, neededKeys: 0 }
    return { ...before, schedule: afterIdleRound(schedule, idle) }
  }
  const { kind, put, root } = plan
  const writes = withPublish(
    published ? before.later : noWrites,
    Array.from(put.values(), (text) => text()),
  )
  return {
    ...before,
    ...(published ? { later: writes } : { first: writes }),
    beganMs: before.beganMs ?? nowMs,
    schedule: afterPublish(schedule, limitsOf(before), { nowMs, kind, blobs: put.size, heartbeatAtMs }),
    published: root,
    unused: unusedAfter(before, root),
  }
}

/**
 * The last step: a change that still waits is published at the end of its interval. Otherwise a change shortly before
 * the end would not count where the interval is long.
 */
export function finish(simulation: Simulation, agent: SimulatedAgent, last: Step): Promise<Simulation> {
  const dueMs = nextPublishMs(withChange(simulation.schedule), limitsOf(simulation))
  return advance(simulation, agent, { ...last, nowMs: Math.max(last.nowMs, dueMs) })
}

function limitsOf({ intervalMs }: Simulation): ScheduleLimits {
  return { minIntervalMs: intervalMs, writeMs: 0, heartbeatMs: Number.POSITIVE_INFINITY }
}

/** The limits that kubedoh's own edges declare. */
const declared = { maxBodyBytes, maxBlobsPerRequest: declaredBlobsPerRequest }

function withPublish(before: Writes, texts: readonly string[]): Writes {
  return {
    publishes: before.publishes + 1,
    blobs: before.blobs + texts.length,
    requests: before.requests + [...batchesOf(texts, declared)].length + 1,
    bytes: before.bytes + texts.reduce((sum, text) => sum + text.length, 0),
  }
}

function unusedAfter({ published, unused }: Simulation, root: Root): ReadonlySet<BlobHash> {
  const next = new Set([...unused, ...(published ? blobsOf(published) : [])])
  for (const hash of blobsOf(root)) next.delete(hash)
  return next
}
