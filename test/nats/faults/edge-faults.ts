import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'

/** The longest time for which a killed edge is away, and of a calm round (ms). */
const mostMs = { away: 1_000, calm: 2_000 }

/** Faults of edges, and of the way between agents and edges. */
export const edgeFaults: readonly Fault[] = [
  {
    name: 'edge killed',
    isShort: true,
    share: 0.3,
    async strike({ edges }, random) {
      const edge = random.between(0, edges.urls.length - 1)
      const ms = random.between(0, mostMs.away)
      await edges.kill(edge)
      return {
        until: 'accepted',
        async heal() {
          await pause(ms)
          await edges.restart(edge)
        },
      }
    },
  },
  {
    name: 'agent changes edges',
    isShort: false,
    share: 1,
    strike: () => Promise.resolve({ until: 'accepted', heal: () => pause(mostMs.calm) }),
  },
]
