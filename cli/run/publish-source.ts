import { hostname } from 'node:os'
import type { SigningKey } from '../../snapshot/key.ts'
import type { PodsMode } from '../../snapshot/schema.ts'
import { createClock } from '../../sync/clock.ts'
import type { Notify } from '../../sync/events.ts'
import type { Kube } from '../../sync/kube/client.ts'
import { resourcesFor } from '../../sync/kube/resources.ts'
import { watchedResources } from '../../sync/kube/scope.ts'
import { type ElectionPorts, seekLeadership } from '../../sync/lease/election.ts'
import { openLease } from '../../sync/lease/lease-client.ts'
import type { LeasePlace } from '../../sync/lease/lease-record.ts'
import { leaseTimes } from '../../sync/lease/standing.ts'
import type { Objects } from '../../sync/objects/file.ts'
import { staticStore } from '../../sync/objects/static-store.ts'
import { startSkipEvents } from '../../sync/observe/event-writer.ts'
import type { AgentOptions } from '../../sync/options.ts'
import type { Fetch } from '../../sync/publish/edge-client.ts'
import { type PublishPorts, publishOnce } from '../../sync/publish-once.ts'
import type { Log } from '../../worker/ports.ts'
import type { ObserveWishes } from '../options/observe-options.ts'
import { UsageError } from '../options/option-table.ts'
import { readObjectsFile } from '../options/source-option.ts'
import type { World } from '../verb.ts'
import { observe } from './observe.ts'
import { steadyNowMs } from './steady-clock.ts'

/** Where objects come from, settled before anything is started. */
export type ObjectSource =
  | { readonly kind: 'file'; readonly file: string; readonly objects: Objects }
  | { readonly kind: 'cluster'; readonly kubeconfig: string; readonly context: string | undefined }
  | { readonly kind: 'in-cluster' }

/**
 * The source that --from, --kubeconfig and --context ask for, `otherwise` where neither is given. A file is read
 * and understood here, as far as the mode of answering pod names needs it. Throws UsageError, ObjectsError.
 */
export async function chooseSource(
  values: {
    readonly from: string | undefined
    readonly kubeconfig: string | undefined
    readonly context: string | undefined
  },
  pods: PodsMode,
  otherwise: { readonly file: string } | 'in-cluster',
): Promise<ObjectSource> {
  const { from, kubeconfig, context } = values
  if (from !== undefined && kubeconfig !== undefined)
    throw new UsageError('--from and --kubeconfig exclude each other')
  if (context !== undefined && kubeconfig === undefined)
    throw new UsageError('--context goes with --kubeconfig')
  if (kubeconfig !== undefined) return { kind: 'cluster', kubeconfig, context }
  if (from === undefined && otherwise === 'in-cluster') return { kind: 'in-cluster' }
  const file = from ?? (otherwise === 'in-cluster' ? '' : otherwise.file)
  return { kind: 'file', file, objects: await readObjectsFile(file, pods) }
}

/**
 * Publishes a source: a file once, a cluster until the signal aborts. Throws what the agent throws; KubeError
 * KUBECONFIG_INVALID before anything is published.
 */
export async function publishSource(
  source: ObjectSource,
  options: AgentOptions,
  world: {
    readonly key: SigningKey
    readonly fetch: Fetch
    readonly log: Log
    readonly signal: AbortSignal
    /** The Lease that replicas share; without one this is the only replica. */
    readonly lease?: LeasePlace | undefined
    readonly observed: ObserveWishes
    readonly show: World['show']
  },
): Promise<void> {
  // What ends the agent, be it a fault of ours, ends all that works for it: else the process would live on without.
  const ending = new AbortController()
  const signal = AbortSignal.any([world.signal, ending.signal])
  const ports: PublishPorts = { ...world, signal, clock: createClock(steadyNowMs), random: Math.random }
  if (source.kind === 'file') {
    const option = liveOnly(world)
    if (option)
      throw new UsageError(`--${option} is for agents that watch a cluster, not for objects of a file`)
    await publishOnce(staticStore(source.objects, options), options, ports)
    return
  }
  // Only whoever watches a cluster pays for the client's libraries.
  const [{ loadKube }, { watchCluster }, { runAgent }] = await Promise.all([
    import('../../sync/kube/client.ts'),
    import('../../sync/kube/watch-cluster.ts'),
    import('../../sync/agent.ts'),
  ])
  const kube = loadKube(source.kind === 'cluster' ? source : 'in-cluster')
  const { lease, log, show } = world
  const { healthListen, skipEvents } = world.observed
  const resources = resourcesFor(options.pods)
  const hasLease = lease !== undefined
  const observation = await observe(watchedResources(options), { healthListen, show, hasLease, log })
  const { count } = observation
  const instance = lease?.identity ?? hostname()
  const events = skipEvents && startSkipEvents({ ...ports, kube, resources, instance, count })
  const notify: Notify = (notice) => {
    observation.notify(notice)
    if (events) events.notify(notice)
  }
  const fetch: Fetch = (url, init) => {
    notify({ kind: 'request' })
    return world.fetch(url, init)
  }
  const seen = { ...ports, fetch, notify }
  const leadership = lease && seekLeadership(electionPorts(kube, lease, seen))
  try {
    const watched = watchCluster(options, { ...seen, kube })
    await runAgent(options, { ...seen, source: watched, ...(leadership && { leadership }) })
    await leadership?.done
  } finally {
    ending.abort()
    await Promise.allSettled([leadership?.done])
    await observation.close()
    await kube.close()
  }
}

/** The option that makes no sense for objects of a file, if one is given. */
function liveOnly(world: { readonly lease?: LeasePlace | undefined; readonly observed: ObserveWishes }) {
  if (world.lease) return 'lease'
  if (world.observed.healthListen) return 'health-listen'
  return world.observed.skipEvents ? 'events' : undefined
}

function electionPorts(
  kube: Kube,
  place: LeasePlace,
  ports: PublishPorts & Pick<ElectionPorts, 'notify'>,
): ElectionPorts {
  return {
    ...ports,
    lease: openLease(kube, place),
    identity: place.identity,
    times: leaseTimes,
    steadyMs: () => performance.now(),
  }
}
