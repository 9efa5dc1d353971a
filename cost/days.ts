import { checkpointEveryMs } from '../worker/register/checkpoint-pace.ts'
import { type Day, dayOfKv, dayOfRegister, type QueryLoad, type WatchTimes } from './model.ts'
import type { Simulation } from './simulation.ts'

/** The intervals to simulate (ms): those to compare, and that of checkpoints, since a checkpoint copies what a publish then would send. */
export function intervalsToSimulate(intervalsMs: readonly number[]): number[] {
  return [...new Set([...intervalsMs, checkpointEveryMs])]
}

/** A day for each interval to compare, first with a register that serves, then without one. */
export function daysOf(
  simulations: readonly Simulation[],
  intervalsMs: readonly number[],
  times: WatchTimes,
  load: QueryLoad,
): Day[] {
  const checkpoints = simulations.find(({ intervalMs }) => intervalMs === checkpointEveryMs)
  const wanted = simulations.filter(({ intervalMs }) => intervalsMs.includes(intervalMs))
  const served = wanted.map((each) => {
    const copied = checkpoints && each.intervalMs < checkpointEveryMs ? checkpoints : each
    return dayOfRegister(each, copied, times, load)
  })
  return [...served, ...wanted.map((each) => dayOfKv(each, times, load))]
}
