import type { SigningKey } from '../snapshot/key.ts'
import type { Clock } from './clock.ts'
import { createEdgeClient, type Fetch } from './edge-client.ts'
import type { Log } from './log.ts'
import type { AgentOptions } from './options.ts'
import { afterFailure, startPace } from './pace.ts'
import { PublishError } from './publish-error.ts'
import { type Known, type Publisher, type Round, round } from './round.ts'
import { logRound } from './round-log.ts'
import { createSkipLog } from './skip-log.ts'
import type { Entries } from './store.ts'

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

/** Options and ports → what rounds need. */
export function createPublisher(
  options: AgentOptions,
  ports: PublishPorts,
  term: Publisher['term'],
): Publisher {
  const { key, fetch, signal } = ports
  const { edgeUrl: url, cluster, requestTimeoutMs } = options
  const nowMs = (): number => ports.clock.nowMs()
  const edge = createEdgeClient({ url, cluster, key, fetch, nowMs, requestTimeoutMs, signal })
  return { options, edge, key, nowMs, term }
}

/** How often a passing failure is met before it is the caller's. */
const maxAttempts = 7

/**
 * Publishes entries of a file, once: a static snapshot, which does not age. When the edge holds the same
 * content already, nothing is written (`kind: 'nothing'`). Failures that may pass are tried again for some 15
 * seconds. Throws PublishError, or the signal's reason.
 */
export async function publishOnce(
  entries: Entries,
  options: AgentOptions,
  ports: PublishPorts,
): Promise<Round> {
  const publisher = createPublisher(options, ports, () => 0)
  const startMs = ports.clock.nowMs()
  let known: Known = { held: undefined, putAll: false }
  let pace = startPace
  for (;;) {
    try {
      const done = await round(publisher, { entries, asOfMs: 'static' }, known)
      createSkipLog(ports.log)(done.snapshot.skipped)
      logRound(ports.log, done, ports.clock.nowMs() - startMs)
      return done
    } catch (error) {
      if (!(error instanceof PublishError) || !error.retryable || pace.failures + 1 >= maxAttempts)
        throw error
      const nowMs = ports.clock.nowMs()
      pace = afterFailure(pace, { nowMs, retryable: true, random: ports.random() })
      known = { held: undefined, putAll: known.putAll || error.code === 'BLOB_MISSING' }
      await ports.clock.sleep(pace.retryAtMs - nowMs, ports.signal)
      ports.signal.throwIfAborted()
    }
  }
}
