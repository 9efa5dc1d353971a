import { hostname } from 'node:os'
import type { SigningKey } from '../../snapshot/key.ts'
import { createClock } from '../../sync/clock.ts'
import { errorText } from '../../sync/error-text.ts'
import type { Notify } from '../../sync/events.ts'
import { fileNotes } from '../../sync/files/notes.ts'
import { staticSource } from '../../sync/files/static-source.ts'
import { staticStore } from '../../sync/files/static-store.ts'
import type { LeasePlace } from '../../sync/lease/lease-record.ts'
import type { Store } from '../../sync/objects/store.ts'
import { edgeLog } from '../../sync/observe/log-lines.ts'
import type { AgentOptions } from '../../sync/options.ts'
import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import type { PolicySource } from '../../sync/policy/source/policy-source.ts'
import type { EdgePort } from '../../sync/publish/edge-client.ts'
import { type PublishPorts, publishOnce } from '../../sync/publish-once.ts'
import type { Log } from '../../worker/ports.ts'
import type { ObserveWishes } from '../options/observe-options.ts'
import { UsageError } from '../options/option-table.ts'
import type { World } from '../options/verb.ts'
import type { ObjectSource } from './choose-source.ts'
import { type HealthEndpoint, openHealthEndpoint } from './health-endpoint.ts'
import { observe } from './observe.ts'
import { openCluster } from './open-cluster.ts'
import { steadyNowMs } from './steady-clock.ts'

/**
 * Publishes a source: a file once, a cluster until the signal aborts. Throws what the agent throws; KubeconfigError and
 * the PolicyError of a file that is published once, before anything is published.
 */
export async function publishSource(
  source: ObjectSource,
  options: AgentOptions,
  world: {
    readonly key: SigningKey
    /** The edges to publish to, at least one. */
    readonly edges: readonly EdgePort[]
    readonly log: Log
    readonly signal: AbortSignal
    /** The Lease that replicas share; absent: this is the only replica. */
    readonly lease?: LeasePlace | undefined
    /** Where the access policy comes from; absent: none. */
    readonly policyFrom?: PolicyOrigin | undefined
    /** Objects of files are published again when the policy changes, until the signal aborts. */
    readonly isStaying?: boolean
    readonly observed: ObserveWishes
    /** The endpoint of a process that has other parts as well; `observed.healthListen` opens one of the agent alone. */
    readonly endpoint?: HealthEndpoint | undefined
    readonly show: World['show']
    /** Called after each successful round, when the edge has the source's current objects, which `store` holds. */
    readonly onPublished?: (store: Store) => void
    readonly env: World['env']
  },
): Promise<void> {
  const ports = { ...world, clock: createClock(steadyNowMs), random: Math.random }
  if (source.kind === 'file') {
    const option = liveOnly(world)
    if (option)
      throw new UsageError(`--${option} is for agents that watch a cluster, not for objects of a file`)
    const store = staticStore(source.objects, options)
    for (const { level, message, fields } of fileNotes(source.objects, store, options.namespaces))
      world.log[level](message, fields)
    return publishFiles(store, options, ports, world)
  }
  const kube = await openCluster(source, world)
  const { runClusterAgent } = await import('../../sync/assemble.ts')
  const { lease, log, show, policyFrom, endpoint } = world
  const { healthListen, skipEvents } = world.observed
  await runClusterAgent(kube, options, {
    ...ports,
    policyFrom,
    lease,
    skipEvents,
    instance: lease?.identity ?? hostname(),
    steadyMs: () => performance.now(),
    observe: async (resources) => {
      const { part, ...observer } = observe(resources, {
        ...{ show, hasLease: lease !== undefined, edges: world.edges.map(({ url }) => url) },
      })
      endpoint?.add(part)
      const own = healthListen && (await openHealthEndpoint(healthListen, [part], log))
      let store: Store | undefined
      const notify: Notify = (event) => {
        observer.notify(event)
        if (event.kind === 'round-start') ({ store } = event)
        if (event.kind === 'round' && store) world.onPublished?.(store)
      }
      return { ...observer, notify, close: async () => own?.close() }
    },
  })
}

/** Publishes to each edge. If some fail, the others are published to all the same; then it throws the first failure. */
async function toEachEdge(
  { edges, log }: { readonly edges: readonly EdgePort[]; readonly log: Log },
  publish: (edge: EdgePort, log: Log) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(edges.map((edge) => publish(edge, edgeLog(log, edge, edges))))
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  for (const reason of failed.slice(1)) log.warn('publish failed', { reason: errorText(reason) })
  if (failed.length > 0) throw failed[0]
}

/**
 * Publishes the objects of files to each edge once, or with `isStaying` whenever the policy changes. The policy is read once for
 * all edges. Throws PolicyError.
 */
async function publishFiles(
  store: Store,
  options: AgentOptions,
  ports: Omit<PublishPorts, 'edge'>,
  world: {
    readonly edges: readonly EdgePort[]
    readonly log: Log
    readonly policyFrom?: PolicyOrigin | undefined
    readonly isStaying?: boolean
    readonly onPublished?: (store: Store) => void
  },
): Promise<void> {
  const { policyFrom: from, onPublished } = world
  if (from?.kind === 'objects')
    throw new UsageError('--policy-configmap and --policy-secret need a cluster; use --policy with --from')
  if (!from) return publishEach()
  const { openPolicy, readPolicyOnce } = await import('../../sync/policy/source/open-policy.ts')
  if (!world.isStaying && from.kind === 'files')
    return publishEach(await readPolicyOnce(from.files, options, ports))
  const { runAgent } = await import('../../sync/agent.ts')
  const policy = openPolicy(from, options, ports)
  const notify: Notify = (event) => {
    if (event.kind === 'round') onPublished?.(store)
  }
  // A file is published as it is, also after another one that had more objects.
  const asGiven = { ...options, holdDeletionsMs: 0 }
  const source = staticSource(store)
  await toEachEdge(world, (edge, log) => runAgent(asGiven, { ...ports, edge, log, source, policy, notify }))

  function publishEach(once?: PolicySource): Promise<void> {
    return toEachEdge(world, async (edge, log) => {
      await publishOnce(store, options, { ...ports, edge, log, policy: once })
      onPublished?.(store)
    })
  }
}

/** The option that makes no sense for objects of a file, if one is given. */
function liveOnly(world: { readonly lease?: LeasePlace | undefined; readonly observed: ObserveWishes }) {
  if (world.lease) return 'lease'
  if (world.observed.healthListen) return 'health-listen'
  return world.observed.skipEvents ? 'events' : undefined
}
