import { createBuilder } from '../sync/build/snapshot.ts'
import type { Clock } from '../sync/clock.ts'
import type { Source } from '../sync/objects/source.ts'
import type { AgentOptions } from '../sync/options.ts'
import {
  advance,
  finish,
  type SimulatedAgent,
  type Simulation,
  type Step,
  startSimulation,
} from './simulation.ts'

const minuteMs = 60_000

/** The changes seen while a cluster was watched, and the simulated publishes of agents with different intervals. */
export type Watched = {
  readonly watchedMs: number
  /** The number of changes that concern DNS. */
  readonly changes: number
  /** The largest number of changes in one minute; minutes are counted from the start. */
  readonly mostInMinute: number
  readonly simulations: readonly Simulation[]
}

/**
 * Simulates one agent for each interval on a source that has listed everything, for `durationMs` or until the signal
 * aborts. Rejects when the source fails.
 */
export async function simulate(
  source: Source,
  options: AgentOptions,
  intervalsMs: readonly number[],
  world: { readonly clock: Clock; readonly durationMs: number; readonly signal: AbortSignal },
): Promise<Watched> {
  const { clock, durationMs, signal } = world
  const beganMs = clock.nowMs()
  const counts = countChanges(source, () => clock.nowMs() - beganMs)
  const fault = new AbortController()
  source.done.catch((error: unknown) => fault.abort(error))
  const stop = AbortSignal.any([signal, fault.signal])
  const built = { ...options, static: false }
  let runs = intervalsMs.map((intervalMs) => ({
    agent: { options, builder: createBuilder(source.store, built) },
    simulation: startSimulation(intervalMs),
  }))
  const tickMs = intervalsMs.reduce(greatestDivisor)
  // Steps are at whole ticks after the start, so that a timer that is late by a millisecond does not lose a tick.
  for (let atMs = 0; atMs < durationMs && !stop.aborted; ) {
    const step: Step = { nowMs: beganMs + atMs, changed: counts.takeChanged() }
    runs = await each(runs, ({ agent, simulation }) => advance(simulation, agent, step))
    const nextMs = Math.max(atMs + tickMs, Math.floor((clock.nowMs() - beganMs) / tickMs) * tickMs)
    await clock.sleep(Math.min(durationMs, nextMs) - (clock.nowMs() - beganMs), stop)
    atMs = nextMs
  }
  fault.signal.throwIfAborted()
  const watchedMs = Math.min(durationMs, clock.nowMs() - beganMs)
  const last: Step = { nowMs: beganMs + watchedMs, changed: counts.takeChanged() }
  runs = await each(runs, ({ agent, simulation }) => finish(simulation, agent, last))
  return { watchedMs, ...counts.totals(), simulations: runs.map(({ simulation }) => simulation) }
}

type ChangeCounts = {
  /** Whether there were changes since the last call; true in the first one. */
  takeChanged(): boolean
  totals(): Pick<Watched, 'changes' | 'mostInMinute'>
}

function countChanges(source: Source, elapsedMs: () => number): ChangeCounts {
  let changed = true
  const perMinute = new Map<number, number>()
  source.onChange(() => {
    changed = true
    const minute = Math.floor(elapsedMs() / minuteMs)
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
  })
  return {
    takeChanged: () => {
      const was = changed
      changed = false
      return was
    },
    totals: () => {
      const counts = [...perMinute.values()]
      return { changes: counts.reduce((sum, count) => sum + count, 0), mostInMinute: Math.max(0, ...counts) }
    },
  }
}

type Run = { readonly agent: SimulatedAgent; readonly simulation: Simulation }

async function each(runs: readonly Run[], next: (run: Run) => Promise<Simulation>): Promise<Run[]> {
  const done: Run[] = []
  for (const run of runs) done.push({ ...run, simulation: await next(run) })
  return done
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
