import { declaredBlobsPerRequest, maxBodyBytes } from '../snapshot/ingest.ts'
import { blobsOf } from '../snapshot/root.ts'
import type { BlobHash, Root } from '../snapshot/schema.ts'
import { type Builder, bitsOf } from '../sync/build/snapshot.ts'
import type { AgentOptions } from '../sync/options.ts'
import { planChanges } from '../sync/publish/plan.ts'
import { batchesOf } from '../sync/publish/upload.ts'
import {
  afterNothing,
  afterPublish,
  nextPublish,
  type Pace,
  startPace,
  withChange,
} from '../sync/schedule/schedule.ts'

/** What publishing wrote. Requests are those to the ingest routes; bytes are the blobs'. */
export type Writes = {
  readonly publishes: number
  readonly blobs: number
  readonly requests: number
  readonly bytes: number
}

/** An agent that decides when and what to publish as ever, and writes nothing: only what it would have is counted. */
export type Rehearsal = {
  readonly intervalMs: number
  /** When the first snapshot was published, Unix ms. */
  readonly beganMs: number | undefined
  readonly pace: Pace
  readonly published: Root | undefined
  /** The first snapshot, and everything after it. Heartbeats are not rehearsed. */
  readonly first: Writes
  readonly later: Writes
  /** Blobs that were used, and are no more: an edge deletes those that do not come back. */
  readonly unused: ReadonlySet<BlobHash>
}

/** Whose agent is rehearsed. */
export type Actor = { readonly options: AgentOptions; readonly builder: Builder }

/** A moment: has the store changed since the last? `nowMs` is Unix ms. */
export type Moment = { readonly nowMs: number; readonly changed: boolean }

const noWrites: Writes = { publishes: 0, blobs: 0, requests: 0, bytes: 0 }

/** A rehearsal of an agent whose edge asks for this much time between two roots, and has published nothing yet. */
export function startRehearsal(intervalMs: number): Rehearsal {
  return {
    intervalMs,
    beganMs: undefined,
    pace: startPace,
    published: undefined,
    first: noWrites,
    later: noWrites,
    unused: new Set(),
  }
}

/** Shows a moment to a rehearsal: it publishes if there is something new and the interval has passed. */
export async function look(before: Rehearsal, actor: Actor, { nowMs, changed }: Moment): Promise<Rehearsal> {
  const pace = changed ? withChange(before.pace) : before.pace
  if (!pace.dirty || nextPublish(pace, limitsOf(before)) > nowMs) return { ...before, pace }
  const { published } = before
  const snapshot = await actor.builder.build(bitsOf(published))
  const { cluster } = actor.options
  const context = { cluster, nowMs, asOfMs: nowMs, term: 0, putAll: false }
  const heartbeatAtMs = Number.POSITIVE_INFINITY
  const changes = planChanges(published, snapshot, { ...context, heartbeatMs: heartbeatAtMs })
  if (changes.kind === 'nothing') return { ...before, pace: afterNothing(pace, heartbeatAtMs) }
  const { put, root } = changes
  const sent = { nowMs, writes: put.size + 1, heartbeat: false, heartbeatAtMs }
  const writes = withPublish(
    published ? before.later : noWrites,
    Array.from(put.values(), (text) => text()),
  )
  return {
    ...before,
    ...(published ? { later: writes } : { first: writes }),
    beganMs: before.beganMs ?? nowMs,
    pace: afterPublish(pace, limitsOf(before), sent),
    published: root,
    unused: unusedAfter(before, root),
  }
}

/**
 * The end: what still waits for its interval is published at the interval's end. Without that a change just
 * before the end would count for nothing where the interval is long.
 */
export function finish(rehearsal: Rehearsal, actor: Actor, last: Moment): Promise<Rehearsal> {
  const nowMs = Math.max(last.nowMs, nextPublish(withChange(rehearsal.pace), limitsOf(rehearsal)))
  return look(rehearsal, actor, { ...last, nowMs })
}

function limitsOf({ intervalMs }: Rehearsal): {
  minIntervalMs: number
  writeMs: number
  heartbeatMs: number
} {
  return { minIntervalMs: intervalMs, writeMs: 0, heartbeatMs: Number.POSITIVE_INFINITY }
}

/** Of an edge of ours. */
const limits = { maxBodyBytes, maxBlobsPerRequest: declaredBlobsPerRequest }

function withPublish(before: Writes, texts: readonly string[]): Writes {
  return {
    publishes: before.publishes + 1,
    blobs: before.blobs + texts.length,
    requests: before.requests + [...batchesOf(texts, limits)].length + 1,
    bytes: before.bytes + texts.reduce((sum, text) => sum + text.length, 0),
  }
}

function unusedAfter({ published, unused }: Rehearsal, root: Root): ReadonlySet<BlobHash> {
  const next = new Set([...unused, ...(published ? blobsOf(published) : [])])
  for (const hash of blobsOf(root)) next.delete(hash)
  return next
}
