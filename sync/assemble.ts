import { runAgent } from './agent.ts'
import type { Notify } from './events.ts'
import type { Kube } from './kube/http/client.ts'
import {
  policyResource,
  policyResources,
  type Resource,
  resourcesFor,
  watchedResources,
} from './kube/resources.ts'
import { watchCluster } from './kube/watch-cluster.ts'
import { seekLeadership } from './lease/election.ts'
import { openLease } from './lease/lease-client.ts'
import type { LeasePlace } from './lease/lease-record.ts'
import { leaseTimes } from './lease/standing.ts'
import { startSkipEvents } from './observe/event-writer.ts'
import { edgeLog } from './observe/log-lines.ts'
import type { SkipEventResult } from './observe/metrics.ts'
import type { AgentOptions } from './options.ts'
import { openPolicy, type PolicyOrigin, policyPlaces } from './policy/source/open-policy.ts'
import type { EdgePort } from './publish/edge-client.ts'
import type { PublishPorts } from './publish-once.ts'

/** Takes an agent's events, for metrics, health and progress. */
export type Observer = {
  readonly notify: Notify
  /** Counts the Kubernetes Events that were written for skipped objects. */
  readonly count: (result: SkipEventResult) => void
  close(): Promise<void>
}

/** The ports of a cluster's agent, in addition to those of publishing. */
export type AssemblyPorts = Omit<PublishPorts, 'policy' | 'edge'> & {
  /** The edges to publish to, at least one. Each has its own state: one that is away delays none of the others. */
  readonly edges: readonly EdgePort[]
  /** Where the access policy comes from; absent: the agent has none. */
  readonly policyFrom?: PolicyOrigin | undefined
  /** The Lease that replicas share; undefined: this is the only replica. */
  readonly lease: LeasePlace | undefined
  /** Whether Kubernetes Events are written for skipped objects and a broken policy. */
  readonly skipEvents: boolean
  /** This process's name in those Events. */
  readonly instance: string
  /** A clock that only moves forward (ms). */
  readonly steadyMs: () => number
  /** Starts to observe the agent, which lists and watches these resources. */
  readonly observe: (resources: readonly Resource[]) => Promise<Observer>
}

/**
 * Assembles a cluster's agent (watches, election, events, publishing) and runs it until the signal aborts. Closes
 * `kube` and the observer at the end. Rejects with what the agent or the election throws.
 */
export async function runClusterAgent(
  kube: Kube,
  options: AgentOptions,
  world: AssemblyPorts,
): Promise<void> {
  // The end of the agent, also by a fault, ends all of its parts: otherwise the process would stay alive without it.
  const ending = new AbortController()
  const signal = AbortSignal.any([world.signal, ending.signal])
  const { lease, policyFrom } = world
  const places = policyPlaces(policyFrom)
  const observer = await world.observe([...watchedResources(options), ...places.map(policyResource)])
  const ports = { ...world, signal }
  const skipEvents =
    world.skipEvents &&
    startSkipEvents({
      ...{ ...ports, kube, count: observer.count, policyPlaces: places },
      resources: [...resourcesFor(options.pods), ...Object.values(policyResources)],
    })
  const notify: Notify = (event) => {
    observer.notify(event)
    if (skipEvents) skipEvents.notify(event)
  }
  const seen = { ...ports, notify }
  const leadership =
    lease &&
    seekLeadership({ ...seen, lease: openLease(kube, lease), identity: lease.identity, times: leaseTimes })
  const running: Promise<void>[] = []
  try {
    const source = watchCluster(options, { ...seen, kube })
    const policy = policyFrom && openPolicy(policyFrom, options, { ...seen, kube })
    const shared = { ...seen, source, policy, ...(leadership && { leadership }) }
    for (const edge of world.edges) {
      const log = edgeLog(world.log, edge, world.edges)
      running.push(runAgent(options, { ...shared, log, edge: reported(edge, notify) }))
    }
    await Promise.all(running)
    await leadership?.done
  } finally {
    ending.abort()
    await Promise.allSettled([...running, leadership?.done])
    await observer.close()
    await kube.close()
  }
}

/** The edge, with a report of each request to it. */
function reported({ url, fetch }: EdgePort, notify: Notify): EdgePort {
  return {
    url,
    fetch: (place, init) => {
      notify({ kind: 'request', edge: url })
      return fetch(place, init)
    },
  }
}
