import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newKey } from '../../blackbox/publish.ts'
import type { Random } from '../../seeded-random.ts'
import { waitFor } from '../../wait-for.ts'
import { type NatsCluster, startNats } from '../nats-cluster.ts'
import { type Agent, type AgentParts, createAgent } from './agent.ts'
import { askEdge } from './ask-edge.ts'
import { type Edges, startEdges } from './edges.ts'
import { compareOrder, emptyHistory, type History, type SignedFact } from './history.ts'
import { startProber } from './prober.ts'
import { startPublishing } from './publishing.ts'
import { namesOf } from './versions.ts'

/** Three nats-servers, three edges over them, agents, and clients that ask all the time. */
export type World = {
  readonly nats: NatsCluster
  readonly edges: Edges
  readonly parts: AgentParts
  readonly history: History
  /** Two agents that publish on demand. */
  readonly agents: readonly [Agent, Agent]
  /** A version that no agent has used. */
  nextVersion(): number
  /** Starts the agent that publishes all the time. The returned function stops it. */
  publishing(random: Random, mixedShare: number): () => Promise<void>
  /** The newest root that was accepted. */
  newestAccepted(): SignedFact | undefined
  /** Waits until every edge answers the newest accepted root, or a newer one, for all of its names. Throws WaitError. */
  converged(): Promise<void>
  close(): Promise<void>
}

const edgeCount = 3

/** Starts it all. The program is nats-server. */
export async function startWorld(program: string, random: Random): Promise<World> {
  const nats = await startNats(program, 3)
  const history = emptyHistory()
  const key = await newKey()
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-nats-edges-'))
  const edges = await startEdges(edgeCount, dir, nats.addresses, key, history).catch(
    async (error: unknown) => {
      await nats.close()
      throw error
    },
  )
  const parts: AgentParts = { urls: edges.urls, key, history }
  const first = createAgent(parts, 1)
  let version = 1
  await waitFor(
    'an edge accepts the first root',
    async () => (await first.publish(1, { state: 0, blobs: 0, root: 0 })).kind === 'accepted',
  )
  const prober = startProber(edges.urls, history, () => version, random.fork())

  const world: World = {
    nats,
    edges,
    parts,
    history,
    agents: [createAgent(parts, 2), createAgent(parts, 3)],
    nextVersion: () => ++version,
    publishing(own, mixedShare) {
      const options = { edges: edgeCount, mixedShare }
      const publishing = startPublishing(first, () => ++version, options, own)
      return () => publishing.stop()
    },
    newestAccepted() {
      let newest: SignedFact | undefined
      for (const { root, outcome } of history.puts) {
        const fact = history.roots.get(root)
        if (outcome !== 'accepted' || !fact) continue
        if (!newest || compareOrder(fact, newest) > 0) newest = fact
      }
      return newest
    },
    async converged() {
      await Promise.all(
        edges.urls.map((url, edge) =>
          waitFor(`edge ${edge} answers the newest accepted root`, () => isCurrent(url, edge)),
        ),
      )
    },
    async close() {
      await prober.stop()
      await edges.close()
      await nats.close()
    },
  }

  async function isCurrent(url: string, edge: number): Promise<boolean> {
    const newest = world.newestAccepted()
    if (!newest) throw new Error('no root was accepted yet')
    const names = namesOf(newest.version)
    const answers = await Promise.all(names.map((name) => askEdge(url, edge, name)))
    history.answers.push(...answers)
    return answers.every(({ generation }) => generation !== undefined && generation >= newest.generation)
  }
  return world
}

/** Two different edges. */
export function twoEdges({ edges }: World, random: Random): [number, number] {
  const one = random.between(0, edges.urls.length - 1)
  return [one, (one + random.between(1, edges.urls.length - 1)) % edges.urls.length]
}
