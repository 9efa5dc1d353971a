import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { Agent, Way } from './agent.ts'

/** Publishes one version after another, until it is stopped. */
export type Publishing = {
  /** Resolves when the attempt under way has ended. */
  stop(): Promise<void>
}

/** The number of edges, and how often the agent meets several of them in one publish (0 to 1). */
export type PublishingOptions = { readonly edges: number; readonly mixedShare: number }

/** Times (ms): between two versions, and before another attempt, which does not obey Retry-After: the store is wanted as soon as it is back. */
const pauses = { leastMs: 20, mostMs: 250, retryMs: 150 }

/** Starts to publish the versions that `next` returns. Each is published at another edge; after a failure the agent goes to the next one. */
export function startPublishing(
  agent: Agent,
  next: () => number,
  { edges, mixedShare }: PublishingOptions,
  random: Random,
): Publishing {
  let isEnding = false
  const draw = (): number => random.between(0, edges - 1)
  const publish = async (): Promise<void> => {
    while (!isEnding) {
      let edge = draw()
      const version = next()
      for (let isDone = false; !isDone && !isEnding; ) {
        const outcome = await agent.publish(version, wayOf(edge))
        isDone = outcome.kind !== 'failed'
        if (isDone) break
        edge = (edge + random.between(1, edges - 1)) % edges
        await pause(pauses.retryMs)
      }
      await pause(random.between(pauses.leastMs, pauses.mostMs))
    }
  }
  const wayOf = (edge: number): Way =>
    random.chance(mixedShare)
      ? { state: edge, blobs: draw(), root: draw() }
      : { state: edge, blobs: edge, root: edge }
  const publishing = publish()
  return {
    async stop() {
      isEnding = true
      await publishing
    },
  }
}
