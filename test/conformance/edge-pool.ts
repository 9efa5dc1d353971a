import type { SigningKey } from '../../snapshot/key.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { newKey } from '../blackbox/publish.ts'
import { edgeConfig, type StartEdge } from './serve.ts'
import { startStub } from './stub-server.ts'
import type { Group } from './vectors.ts'

/** Edges for groups, all trusting one agent's key. */
export type EdgePool = {
  readonly key: SigningKey
  /** An edge with a group's configuration; `done` returns it to the pool. */
  take(group: Group): Promise<{ readonly edge: EdgeUnderTest; readonly done: () => Promise<void> }>
  /** Stops all edges in the pool. */
  close(): Promise<void>
}

/** An empty pool. Groups with the same configuration use an edge one after the other, if it is reusable. */
export async function edgePool(from: {
  readonly start: StartEdge
  readonly isReusable: boolean
}): Promise<EdgePool> {
  const key = await newKey()
  const stub = await startStub()
  const kept = new Map<string, EdgeUnderTest>()
  return {
    key,
    async take({ config, hasUpstream }) {
      const wanted = edgeConfig(config, key, hasUpstream ? stub.url : undefined)
      const id = JSON.stringify(wanted)
      const edge = kept.get(id) ?? (await from.start(wanted))
      if (from.isReusable) kept.set(id, edge)
      return { edge, done: async () => (from.isReusable ? undefined : edge.stop()) }
    },
    async close() {
      await Promise.all([...kept.values(), stub].map((each) => each.stop()))
    },
  }
}
