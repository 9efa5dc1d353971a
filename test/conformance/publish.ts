import type { SigningKey } from '../../snapshot/key.ts'
import { createClock } from '../../sync/clock.ts'
import { staticStore } from '../../sync/files/static-store.ts'
import { resolveOptions } from '../../sync/options.ts'
import { edgeStateOf, type Round, runRound, unknownEdge } from '../../sync/publish/round.ts'
import { createPublisher, publishOnce } from '../../sync/publish-once.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { silent } from '../blackbox/publish.ts'
import type { Group } from './vectors.ts'

/** The one cluster of every edge here. */
export const cluster = 'conformance'

/** Older than this is stale, where a group wants a stale snapshot. */
const staleAfterMs = 2

/**
 * Publishes a group's objects to an edge with the agent's code and the options that correspond to CoreDNS's.
 * `domain` is the cluster's native domain. Resolves to the root's generation. Throws OptionError where the agent has no such option, PublishError
 * where the edge refuses.
 */
export async function publishGroup(
  group: Group,
  domain: string,
  edge: EdgeUnderTest,
  key: SigningKey,
): Promise<number> {
  const { objects, config } = group
  if (!objects) throw new Error(`${group.name}: no objects to publish`)
  const options = resolveOptions({
    cluster,
    domain,
    ttlSeconds: config.ttl,
    namespaces: config.namespaces,
    pods: config.pods,
    endpointPodNames: config.endpointPodNames,
    ignoreEmptyServices: config.ignoreEmptyServices,
    ...(config.unsynced && { heartbeatMs: 1, staleAfterMs }),
  })
  const { signal } = new AbortController()
  const clock = createClock(Date.now)
  const ports = { key, edge, log: silent, clock, random: Math.random, signal }
  const store = staticStore(objects, options)
  if (!config.unsynced) {
    return generationOf(await publishOnce(store, options, ports))
  }
  const asOfMs = Date.now() - staleAfterMs - 1000
  const publisher = createPublisher(options, ports, store, { static: false, term: () => 0 })
  const edgeState = await edgeStateOf(publisher, unknownEdge)
  return generationOf(await runRound(publisher, { asOfMs }, { edgeState, putAll: false }))
}

function generationOf({ edgeState }: Round): number {
  return edgeState.published?.generation ?? 0
}
