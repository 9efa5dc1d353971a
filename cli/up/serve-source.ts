import { createTasks } from '../../host/tasks.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import type { Store } from '../../sync/objects/store.ts'
import type { AgentOptions } from '../../sync/options.ts'
import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import type { Log } from '../../worker/ports.ts'
import type { ObserveWishes } from '../options/observe-options.ts'
import type { World } from '../options/verb.ts'
import { aborted } from '../run/aborted.ts'
import type { ObjectSource } from '../run/choose-source.ts'
import { publishSource } from '../run/publish-source.ts'
import { type RunningEdge } from '../run/run-edge.ts'
import { sourceName } from './announcement.ts'
import { fetchInProcess } from './fetch-in-process.ts'
import { untilAnswered } from './until-answered.ts'
import { waitLogged } from './wait-logged.ts'

/** Agent and edge share a process: their requests use no network, and this name is never resolved. */
const ownEdgeUrl = 'http://edge.invalid'

/**
 * Runs an agent in the process of its edge, until the signal aborts. Calls `onReady` once the edge answers from the first
 * snapshot of the source; until then it uses none. Throws what the agent throws.
 */
export async function serveSource(
  { handler, useStored, endpoint }: Pick<RunningEdge, 'handler' | 'useStored' | 'endpoint'>,
  source: ObjectSource,
  options: AgentOptions,
  world: {
    readonly key: SigningKey
    readonly log: Log
    readonly signal: AbortSignal
    readonly policyFrom: PolicyOrigin | undefined
    readonly observed: ObserveWishes
    readonly show: World['show']
    readonly env: World['env']
    /** Gets the objects of the source. */
    readonly onReady: (store: Store) => void
  },
): Promise<void> {
  const { log, onReady } = world
  const tasks = createTasks(log)
  const ending = new AbortController()
  const signal = AbortSignal.any([world.signal, ending.signal])
  const published = Promise.withResolvers<Store>()
  const onPublished = (store: Store): void => {
    useStored(tasks)
    published.resolve(store)
  }
  const edges = [{ url: ownEdgeUrl, fetch: fetchInProcess(handler, tasks) }]
  const agent = publishSource(source, options, {
    ...{ ...world, edges, signal, endpoint, onPublished },
    observed: { ...world.observed, healthListen: undefined },
    isStaying: true,
  })
  const announced = announceWhenReady()
  try {
    await Promise.all([agent, announced])
    await aborted(world.signal)
  } finally {
    ending.abort()
    await Promise.allSettled([agent, announced])
    await tasks.settled()
  }

  async function announceWhenReady(): Promise<void> {
    const store = await waitLogged(published.promise, sourceName(source), log, signal)
    if (store && (await untilAnswered(handler, options.domain, tasks, signal))) onReady(store)
  }
}
