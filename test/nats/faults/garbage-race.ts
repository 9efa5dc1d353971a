import { setTimeout as pause } from 'node:timers/promises'
import { PublishError } from '../../../sync/publish/errors.ts'
import { keepUnusedMs } from '../../../worker/register/garbage.ts'
import { waitFor } from '../../wait-for.ts'
import { type Agent, recordedClient, type Way } from './agent.ts'
import type { Fault } from './fault.ts'
import { snapshotOf } from './versions.ts'
import { twoEdges, type World } from './world.ts'

/** Longer than unused blobs are kept (ms). */
const passMs = keepUnusedMs + 3_600_000

/** The number of races in one round. */
const races = 6

/** Versions that become garbage for each race: about as many as one request deletes, which takes the oldest blobs first. */
const perRace = 4

/** The latest start of the root after the request that deletes garbage (ms), which takes about as long. */
const mostDelayMs = 80

/**
 * A version returns after its blobs have become garbage: its root is sent to one edge, mostly without its blobs, while another edge
 * takes blobs of another publish, after which it deletes garbage. Every edge has started since, so it has to read the blobs.
 */
export const garbageRace: Fault = {
  name: 'garbage and root at once',
  isShort: true,
  share: undefined,
  async strike(world, random) {
    const [publisher, returner] = world.agents
    const versions = Array.from({ length: races * perRace }, () => world.nextVersion())
    for (const version of [...versions, world.nextVersion()]) await published(publisher, version, 0)
    await world.edges.passTime(passMs)
    for (let race = 0; race < races; race++) {
      const [one, other] = twoEdges(world, random)
      await returner.look(other)
      const returning = versions[race * perRace + random.between(0, perRace - 1)] ?? 0
      const isAlone = random.chance(0.8)
      const delayMs = random.between(0, mostDelayMs)
      const back = async (): Promise<void> => {
        await pause(delayMs)
        const alone = { ...at(other), blobs: 'none' } as const
        if (isAlone && (await returner.publish(returning, alone)).kind !== 'failed') return
        await published(returner, returning, other)
      }
      await Promise.all([sweep(world, one), back()])
      await world.converged()
    }
    return { until: 'nothing', heal: () => Promise.resolve() }
  },
}

/** Sends blobs of a version that nobody publishes; the edge then deletes garbage. A blob may be refused as busy. */
async function sweep(world: World, edge: number): Promise<void> {
  const { blobs } = await snapshotOf(world.nextVersion())
  const client = recordedClient(world.parts, edge, () => 0)
  await client.putBlobs(Array.from(blobs.values(), (text) => text())).catch((error: unknown) => {
    if (!(error instanceof PublishError)) throw error
  })
}

/** Publishes until the root is accepted, or another agent has published the same content. */
async function published(agent: Agent, version: number, edge: number): Promise<void> {
  const isDone = async () => (await agent.publish(version, at(edge))).kind !== 'failed'
  await waitFor(`edge ${edge} accepts version ${version}`, isDone)
}

function at(edge: number): Way {
  return { state: edge, blobs: edge, root: edge }
}
