import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { EdgeClient } from './edge-client.ts'
import { drawFaults } from './faults.ts'
import { cutOff, listNothing } from './outages.ts'
import type { TestBed } from './test-bed.ts'

/** The faults of one round. */
export type RoundPlan = {
  readonly name: string
  /** Names for the summary. */
  readonly faults: readonly string[]
  /** Changes are made within this time from the start (ms). */
  readonly changesWithinMs: number
  /** Runs the faults; resolves when all are over and killed processes run again. */
  readonly run: (testBed: TestBed, edgeClient: EdgeClient) => Promise<void>
}

/** Data expires in one of this many rounds, because that takes long. */
const longEvery = 70
const longAt = 35

/** Draws a round: mostly faults, sometimes an API that is cut off, or lists nothing. */
export function drawRound(round: number, random: Random): RoundPlan {
  const own = random.fork()
  const isLong = round % longEvery === longAt
  if (isLong || random.chance(0.03)) {
    const name = isLong ? 'API cut off for long' : 'API cut off'
    const run: RoundPlan['run'] = (testBed, edgeClient) => cutOff(testBed, edgeClient, own, isLong)
    return { name, faults: [name], changesWithinMs: 4_000, run }
  }
  if (random.chance(0.025)) {
    const name = 'API lists nothing'
    return { name, faults: [name], changesWithinMs: 1_200, run: (testBed) => listNothing(testBed, own) }
  }
  const faults = drawFaults(own)
  return {
    name: faults.map(({ name, ms }) => `${name} (${ms} ms)`).join(' + '),
    faults: faults.map(({ name }) => name),
    changesWithinMs: 1_200,
    async run(testBed) {
      const strikes = faults.map(async ({ afterMs, act }) => {
        await pause(afterMs)
        await act(testBed)
      })
      await Promise.all(strikes)
    },
  }
}
