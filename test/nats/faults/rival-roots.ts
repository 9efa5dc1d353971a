import assert from 'node:assert/strict'
import type { EdgeClient } from '../../../sync/publish/edge-client.ts'
import { type EdgeState, readEdgeState } from '../../../sync/publish/edge-state.ts'
import { PublishError } from '../../../sync/publish/errors.ts'
import { planPublish } from '../../../sync/publish/plan.ts'
import { type SealedRoot, sealRoot } from '../../../sync/publish/seal-root.ts'
import { upload } from '../../../sync/publish/upload.ts'
import { recordedClient } from './agent.ts'
import type { Fault } from './fault.ts'
import { agentOptions, clusterId, snapshotOf } from './versions.ts'
import { twoEdges, type World } from './world.ts'

/** How often one round repeats it. */
const times = 5

/** Roots that meet: sent to several edges at once, after their blobs. */
export const rivalFaults: readonly Fault[] = [
  {
    name: 'rival roots at two edges',
    isShort: true,
    share: undefined,
    async strike(world, random) {
      for (let time = 0; time < times; time++) {
        const [one, other] = twoEdges(world, random)
        const state = await stateAt(world, one)
        const nowMs = state.declaration.clockMs
        const arrive = meeting(2)
        await Promise.all(
          [one, other].map((edge) => {
            const version = world.nextVersion()
            return sent(world, edge, version, state, nowMs, arrive)
          }),
        )
      }
      return nothing
    },
  },
  {
    name: 'one root at three edges',
    isShort: true,
    share: undefined,
    async strike(world) {
      for (let time = 0; time < times; time++) {
        const state = await stateAt(world, 0)
        const version = world.nextVersion()
        const sealed = await sealedOf(version, state, state.declaration.clockMs, world)
        const arrive = meeting(3)
        const codes = await Promise.all(
          world.edges.urls.map((_, edge) => uploaded(world, edge, version, sealed, state, arrive)),
        )
        assert.deepEqual(codes, ['', '', ''], 'the same root is accepted by every edge')
      }
      return nothing
    },
  },
]

const nothing = { until: 'nothing', heal: () => Promise.resolve() } as const

function stateAt({ parts }: World, edge: number): Promise<EdgeState> {
  const agent = { cluster: clusterId, key: parts.key, nowMs: Date.now }
  return readEdgeState(
    recordedClient(parts, edge, () => 0),
    agent,
  )
}

type Sealed = SealedRoot & { readonly put: Iterable<string> }

/** The root of a version after a state, of a certain time, so that others of this time and state are its rivals. */
async function sealedOf(version: number, state: EdgeState, nowMs: number, { parts }: World): Promise<Sealed> {
  const snapshot = await snapshotOf(version, state.published)
  const { heartbeatMs } = agentOptions
  const context = { cluster: clusterId, nowMs, asOfMs: nowMs, term: 4, heartbeatMs, putAll: false }
  const plan = planPublish(state.published, snapshot, context)
  if (plan.kind === 'nothing') throw new Error(`version ${version} is published already`)
  const put = Array.from(plan.put.values(), (text) => text())
  return { put, ...(await sealRoot(plan.root, 2, state.buckets, parts.key)) }
}

async function sent(
  world: World,
  edge: number,
  version: number,
  state: EdgeState,
  nowMs: number,
  arrive: () => Promise<void>,
): Promise<string> {
  return uploaded(world, edge, version, await sealedOf(version, state, nowMs, world), state, arrive)
}

/** Sends the blobs, waits for the others, sends the root. Returns the code of the refusal, '' without one. */
async function uploaded(
  { parts }: World,
  edge: number,
  version: number,
  sealed: Sealed,
  { declaration }: EdgeState,
  arrive: () => Promise<void>,
): Promise<string> {
  const client = recordedClient(parts, edge, () => version)
  const together: EdgeClient = {
    ...client,
    async putRoot(jws, buckets) {
      await arrive()
      return client.putRoot(jws, buckets)
    },
  }
  try {
    await upload(sealed, together, declaration)
    return ''
  } catch (error) {
    if (error instanceof PublishError) return error.code
    throw error
  }
}

/** A function whose calls resolve when there were `count` of them. */
function meeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let missing = count
  return () => {
    if (--missing === 0) resolve()
    return promise
  }
}
