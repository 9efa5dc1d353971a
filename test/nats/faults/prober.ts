import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import { askEdge } from './ask-edge.ts'
import type { History } from './history.ts'
import { drawName } from './versions.ts'

/** Asks every edge all the time. */
export type Prober = { stop(): Promise<void> }

/** The pause between two questions to one edge (ms): the resolution of the times in the table. */
const everyMs = 20

/** Starts to ask. `newest` is the newest version that was sent anywhere. */
export function startProber(
  urls: readonly string[],
  history: History,
  newest: () => number,
  random: Random,
): Prober {
  const end = new AbortController()
  const probing = urls.map(async (url, edge) => {
    const own = random.fork()
    while (!end.signal.aborted) {
      history.answers.push(await askEdge(url, edge, drawName(newest(), own)))
      await pause(everyMs)
    }
  })
  return {
    async stop() {
      end.abort()
      await Promise.all(probing)
    },
  }
}
