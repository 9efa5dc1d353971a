import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { Asker } from './edge-client.ts'
import { drawFaults } from './faults.ts'
import { cutOff, listNothing } from './outages.ts'
import type { Scene } from './test-bed.ts'

/** What befalls the scene in one round. */
export type Plot = {
  readonly name: string
  /** What is counted. */
  readonly faults: readonly string[]
  /** When changes are made, from the beginning on, ms. */
  readonly changesWithinMs: number
  /** Resolves when everything is lifted, and what died runs again. */
  readonly play: (scene: Scene, asker: Asker) => Promise<void>
}

/** Every so many rounds data is left to expire, which takes long. */
const longEvery = 70
const longAt = 35

/** The plot of a round: mostly faults, now and then a long cut, or an API that lists nothing. */
export function drawPlot(round: number, random: Random): Plot {
  const own = random.fork()
  const isLong = round % longEvery === longAt
  if (isLong || random.chance(0.03)) {
    const name = isLong ? 'API cut off for long' : 'API cut off'
    const play: Plot['play'] = (scene, asker) => cutOff(scene, asker, own, isLong)
    return { name, faults: [name], changesWithinMs: 4_000, play }
  }
  if (random.chance(0.025)) {
    const name = 'API lists nothing'
    return { name, faults: [name], changesWithinMs: 1_200, play: (scene) => listNothing(scene, own) }
  }
  const faults = drawFaults(own)
  return {
    name: faults.map(({ name, ms }) => `${name} (${ms} ms)`).join(' + '),
    faults: faults.map(({ name }) => name),
    changesWithinMs: 1_200,
    async play(scene) {
      const strikes = faults.map(async ({ afterMs, act }) => {
        await pause(afterMs)
        await act(scene)
      })
      await Promise.all(strikes)
    },
  }
}
