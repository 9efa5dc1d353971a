import type { Log } from '../log.ts'

/** Beyond this a clock is wrong, not just imprecise. */
const toleratedMs = 30_000

/** Takes by how much the edge's clock is ahead of the agent's, in ms. */
export type SkewLog = (aheadMs: number) => void

/** Warns when the clocks of agent and edge are far apart, once until they are not. */
export function createSkewLog(log: Log): SkewLog {
  let told = false
  return (aheadMs) => {
    const isFar = Math.abs(aheadMs) > toleratedMs
    if (isFar && !told)
      log.warn('the clocks of agent and edge differ', { edgeAheadMs: Math.round(aheadMs), toleratedMs })
    told = isFar
  }
}
