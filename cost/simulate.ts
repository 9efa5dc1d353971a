import { createBuilder } from '../sync/build/snapshot.ts'
import type { Clock } from '../sync/clock.ts'
import type { Source } from '../sync/objects/source.ts'
import type { AgentOptions } from '../sync/options.ts'
import { type Actor, finish, look, type Moment, type Rehearsal, startRehearsal } from './simulation.ts'

const minuteMs = 60_000

/** A watch of a cluster, and what agents with different intervals would have published meanwhile. */
export type Rehearsed = {
  readonly watchedMs: number
  /** Changes that DNS could notice. */
  readonly changes: number
  /** The most of them in one minute, counted from the beginning. */
  readonly mostInMinute: number
  readonly rehearsals: readonly Rehearsal[]
}

/**
 * Rehearses an agent for each interval on one source that has listed everything, for `durationMs` or until the
 * signal aborts. Rejects when the source fails.
 */
export async function rehearse(
  source: Source,
  options: AgentOptions,
  intervalsMs: readonly number[],
  world: { readonly clock: Clock; readonly durationMs: number; readonly signal: AbortSignal },
): Promise<Rehearsed> {
  const { clock, durationMs, signal } = world
  const tickMs = intervalsMs.reduce(greatestDivisor)
  const beganMs = clock.nowMs()
  const perMinute = new Map<number, number>()
  let changed = true
  source.onChange(() => {
    changed = true
    const minute = Math.floor((clock.nowMs() - beganMs) / minuteMs)
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
  })
  const fault = new AbortController()
  source.done.catch((error: unknown) => fault.abort(error))
  const stop = AbortSignal.any([signal, fault.signal])
  // Times are the beginning's and whole ticks, so that a timer that is late by a millisecond costs no tick.
  const moment = (atMs: number): Moment => ({ nowMs: beganMs + atMs, changed })
  const built = { ...options, static: false }
  let rehearsals = intervalsMs.map((intervalMs) => ({
    actor: { options, builder: createBuilder(source.store, built) },
    rehearsal: startRehearsal(intervalMs),
  }))
  for (let atMs = 0; atMs < durationMs && !stop.aborted; ) {
    const now = moment(atMs)
    changed = false
    rehearsals = await all(rehearsals, ({ actor, rehearsal }) => look(rehearsal, actor, now))
    const nextMs = Math.max(atMs + tickMs, Math.floor((clock.nowMs() - beganMs) / tickMs) * tickMs)
    await clock.sleep(Math.min(durationMs, nextMs) - (clock.nowMs() - beganMs), stop)
    atMs = nextMs
  }
  fault.signal.throwIfAborted()
  const watchedMs = Math.min(durationMs, clock.nowMs() - beganMs)
  const last = moment(watchedMs)
  rehearsals = await all(rehearsals, ({ actor, rehearsal }) => finish(rehearsal, actor, last))
  const counts = [...perMinute.values()]
  return {
    watchedMs,
    changes: counts.reduce((sum, count) => sum + count, 0),
    mostInMinute: Math.max(0, ...counts),
    rehearsals: rehearsals.map(({ rehearsal }) => rehearsal),
  }
}

type Part = { readonly actor: Actor; readonly rehearsal: Rehearsal }

async function all(parts: readonly Part[], next: (part: Part) => Promise<Rehearsal>): Promise<Part[]> {
  const done: Part[] = []
  for (const part of parts) done.push({ ...part, rehearsal: await next(part) })
  return done
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
