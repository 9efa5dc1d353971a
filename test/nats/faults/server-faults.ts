import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { CutKind } from '../links.ts'
import type { NatsCluster } from '../nats-cluster.ts'
import type { Fault } from './fault.ts'

/** How often an agent meets several edges in one publish. */
const share = 0.3

/** Faults of the servers and of their network. */
export const serverFaults: readonly Fault[] = [
  {
    name: 'leader killed',
    isShort: true,
    share,
    async strike({ nats }) {
      const leader = await leaderOf(nats)
      await nats.kill(leader)
      return { until: 'everywhere', heal: () => nats.restart(leader) }
    },
  },
  {
    name: 'one server cut off',
    isShort: false,
    share,
    async strike({ nats }, random) {
      const server = random.chance(0.6) ? await leaderOf(nats) : random.between(0, nats.size - 1)
      return { until: 'everywhere', heal: cut(nats, [server], random) }
    },
  },
  {
    name: 'two servers cut off',
    isShort: true,
    share,
    async strike({ nats }, random) {
      const alone = random.between(0, nats.size - 1)
      const others = [0, 1, 2].filter((server) => server !== alone)
      const lift = cut(nats, others, random)
      const longer = random.between(0, 3_000)
      return {
        until: 'refused',
        async heal() {
          await pause(longer)
          await lift()
        },
      }
    },
  },
  {
    name: 'leader paused',
    isShort: false,
    share,
    async strike({ nats }, random) {
      const resume = nats.pause(await leaderOf(nats))
      // A short pause ends before the others elect a new leader, and the old one goes on with what it has begun.
      const isShort = random.chance(0.5)
      const ms = random.between(100, 3_000)
      return {
        until: isShort ? 'nothing' : 'everywhere',
        async heal() {
          if (isShort) await pause(ms)
          resume()
        },
      }
    },
  },
  {
    name: 'edge started at a cut-off leader',
    isShort: false,
    share,
    async strike({ nats, edges }, random) {
      const leader = await leaderOf(nats)
      // Its clients see a server that works, and the edge of the same number asks this one first.
      const lift = nats.links.cut([leader], random.pick(['silent', 'reset'] as const), false)
      await pause(random.between(0, 8_000))
      await edges.kill(leader)
      await edges.restart(leader)
      return { until: 'everywhere', heal: () => Promise.resolve(lift()) }
    },
  },
]

function cut(nats: NatsCluster, servers: readonly number[], random: Random): () => Promise<void> {
  const kind: CutKind = random.pick(['silent', 'reset'] as const)
  const lift = nats.links.cut(servers, kind, random.chance(0.5))
  return () => Promise.resolve(lift())
}

/** The leader of the stream of the edges' bucket. */
async function leaderOf(nats: NatsCluster): Promise<number> {
  const [stream] = await nats.streams()
  if (stream === undefined) throw new Error('the edges have no bucket')
  return nats.leaderOf(stream)
}
