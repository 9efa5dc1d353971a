import { hostname } from 'node:os'
import type { SigningKey } from '../../snapshot/key.ts'
import { createClock } from '../../sync/clock.ts'
import type { Notify } from '../../sync/events.ts'
import type { LeasePlace } from '../../sync/lease/lease-record.ts'
import type { Objects } from '../../sync/objects/file.ts'
import { fileNotes } from '../../sync/objects/file-notes.ts'
import { staticStore } from '../../sync/objects/static-store.ts'
import type { AgentOptions } from '../../sync/options.ts'
import type { Fetch } from '../../sync/publish/edge-client.ts'
import { type PublishPorts, publishOnce } from '../../sync/publish-once.ts'
import type { Log } from '../../worker/ports.ts'
import type { ObserveWishes } from '../options/observe-options.ts'
import { UsageError } from '../options/option-table.ts'
import { readObjectFiles } from '../options/source-option.ts'
import type { World } from '../verb.ts'
import { observe } from './observe.ts'
import { openCluster } from './open-cluster.ts'
import { steadyNowMs } from './steady-clock.ts'

/** Where objects come from, settled before anything is started. */
export type ObjectSource =
  /** Files, directories and stdin as --from names them. */
  | { readonly kind: 'file'; readonly files: readonly string[]; readonly objects: Objects }
  | { readonly kind: 'cluster'; readonly kubeconfig: string; readonly context: string | undefined }
  | { readonly kind: 'in-cluster' }

/**
 * The source that --from, --kubeconfig and --context ask for, `otherwise` if none is given. Files are read here.
 * Throws UsageError, ObjectsError.
 */
export async function chooseSource(
  values: {
    readonly from: readonly string[]
    readonly kubeconfig: string | undefined
    readonly context: string | undefined
  },
  options: AgentOptions,
  otherwise: { readonly file: string } | 'in-cluster',
): Promise<ObjectSource> {
  const { from, kubeconfig, context } = values
  if (from.length > 0 && kubeconfig !== undefined)
    throw new UsageError('--from and --kubeconfig exclude each other')
  if (context !== undefined && kubeconfig === undefined)
    throw new UsageError('--context goes with --kubeconfig')
  if (kubeconfig !== undefined) return { kind: 'cluster', kubeconfig, context }
  if (from.length === 0 && otherwise === 'in-cluster') return { kind: 'in-cluster' }
  const files = from.length > 0 || otherwise === 'in-cluster' ? from : [otherwise.file]
  return { kind: 'file', files, objects: await readObjectFiles(files, options) }
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
    /** The Lease that replicas share; absent: this is the only replica. */
    readonly lease?: LeasePlace | undefined
    readonly observed: ObserveWishes
    readonly show: World['show']
    /** Called after each successful round, when the edge has the source's current objects. */
    readonly onPublished?: () => void
  },
): Promise<void> {
  const ports: PublishPorts = { ...world, clock: createClock(steadyNowMs), random: Math.random }
  if (source.kind === 'file') {
    const option = liveOnly(world)
    if (option)
      throw new UsageError(`--${option} is for agents that watch a cluster, not for objects of a file`)
    const store = staticStore(source.objects, options)
    for (const { level, message, fields } of fileNotes(source.objects, store, options.namespaces))
      world.log[level](message, fields)
    await publishOnce(store, options, ports)
    world.onPublished?.()
    return
  }
  const kube = await openCluster(source)
  const { runClusterAgent } = await import('../../sync/assemble.ts')
  const { lease, log, show } = world
  const { healthListen, skipEvents } = world.observed
  await runClusterAgent(kube, options, {
    ...ports,
    lease,
    skipEvents,
    instance: lease?.identity ?? hostname(),
    steadyMs: () => performance.now(),
    observe: async (resources) => {
      const observer = await observe(resources, { healthListen, show, hasLease: lease !== undefined, log })
      const notify: Notify = (event) => {
        observer.notify(event)
        if (event.kind === 'round') world.onPublished?.()
      }
      return { ...observer, notify }
    },
  })
}

/** The option that makes no sense for objects of a file, if one is given. */
function liveOnly(world: { readonly lease?: LeasePlace | undefined; readonly observed: ObserveWishes }) {
  if (world.lease) return 'lease'
  if (world.observed.healthListen) return 'health-listen'
  return world.observed.skipEvents ? 'events' : undefined
}
