import type { SigningKey } from '../snapshot/key.ts'
import { createBuilder } from './build/snapshot.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Store } from './objects/store.ts'
import { logRound } from './observe/round-log.ts'
import { createSkipLog } from './observe/skip-log.ts'
import type { AgentOptions } from './options.ts'
import { createEdgeClient, type Fetch } from './publish/edge-client.ts'
import { PublishError } from './publish/errors.ts'
import { learn, nothingKnown, type Publisher, type Round, round } from './publish/round.ts'
import { afterFailure, startPace } from './schedule/schedule.ts'

/** The world of an agent: everything that is not decided by options. */
export type PublishPorts = {
  readonly key: SigningKey
  readonly fetch: Fetch
  readonly log: Log
  readonly clock: Clock
  /** 0 to 1, as Math.random. */
  readonly random: () => number
  readonly signal: AbortSignal
}

/** Options, ports and the store to publish → what rounds need. */
export function createPublisher(
  options: AgentOptions,
  ports: PublishPorts,
  store: Store,
  live: { readonly static: boolean; readonly term: Publisher['term'] },
): Publisher {
  const { key, fetch, signal } = ports
  const { edgeUrl: url, cluster, requestTimeoutMs } = options
  const nowMs = (): number => ports.clock.nowMs()
  const edge = createEdgeClient({ url, cluster, key, fetch, nowMs, requestTimeoutMs, signal })
  const builder = createBuilder(store, { ...options, static: live.static })
  return { options, builder, edge, key, nowMs, term: live.term }
}

/** How often a passing failure is met before it is the caller's. */
const maxAttempts = 7

/**
 * Publishes the objects of a file, once: a static snapshot, which does not age. When the edge holds the same
 * content already, nothing is written (`kind: 'nothing'`). Failures that may pass are tried again for some 15
 * seconds. Throws PublishError, or the signal's reason.
 */
export async function publishOnce(store: Store, options: AgentOptions, ports: PublishPorts): Promise<Round> {
  const publisher = createPublisher(options, ports, store, { static: true, term: () => 0 })
  const startMs = ports.clock.nowMs()
  let known = nothingKnown
  let pace = startPace
  for (;;) {
    try {
      const held = await learn(publisher, known)
      const done = await round(publisher, { asOfMs: 'static' }, { held, putAll: known.putAll })
      createSkipLog(ports.log)(done.snapshot.skipped)
      logRound(ports.log, done, ports.clock.nowMs() - startMs)
      return done
    } catch (error) {
      if (!(error instanceof PublishError) || !error.retryable || pace.failures + 1 >= maxAttempts)
        throw error
      const nowMs = ports.clock.nowMs()
      pace = afterFailure(pace, { nowMs, random: ports.random() })
      known = { held: undefined, putAll: known.putAll || error.code === 'BLOB_MISSING' }
      await ports.clock.sleep(pace.retryAtMs - nowMs, ports.signal)
      ports.signal.throwIfAborted()
    }
  }
}
