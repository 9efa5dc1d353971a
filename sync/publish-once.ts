import type { SigningKey } from '../snapshot/key.ts'
import { createBuilder } from './build/snapshot.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Store } from './objects/store.ts'
import { createSkipLog, logRound } from './observe/log-lines.ts'
import type { AgentOptions } from './options.ts'
import type { PolicySource } from './policy/source/policy-source.ts'
import { createEdgeClient, type EdgePort } from './publish/edge-client.ts'
import { PublishError } from './publish/errors.ts'
import {
  afterFailedRound,
  edgeStateOf,
  type KnownEdge,
  type Publisher,
  type Round,
  runRound,
  unknownEdge,
} from './publish/round.ts'
import { afterFailure, initialSchedule } from './schedule/schedule.ts'

/** Everything that an agent needs in addition to its options. */
export type PublishPorts = {
  readonly key: SigningKey
  readonly edge: EdgePort
  readonly log: Log
  readonly clock: Clock
  /** A random number from 0 to 1, as Math.random returns. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** The source of the access policy; absent: the agent has none. */
  readonly policy?: PolicySource | undefined
}

/** Options, ports and the store to publish → the part of a round that stays the same. */
export function createPublisher(
  options: AgentOptions,
  ports: PublishPorts,
  store: Store,
  live: { readonly static: boolean; readonly term: Publisher['term'] },
): Publisher {
  const { key, signal } = ports
  const { url, fetch } = ports.edge
  const { cluster, requestTimeoutMs } = options
  const nowMs = (): number => ports.clock.nowMs()
  const sleep = (ms: number): Promise<void> => ports.clock.sleep(ms, signal)
  const edge = createEdgeClient({ url, cluster, key, fetch, nowMs, requestTimeoutMs, signal, sleep })
  const builder = createBuilder(store, { ...options, static: live.static })
  return { options, builder, edge, key, nowMs, term: live.term, policy: ports.policy }
}

/** The number of attempts before a temporary failure is thrown. */
const maxAttempts = 7

/** A failure whose answer asks for a longer wait (ms) is thrown at once. */
const longestWaitMs = 60_000

/**
 * Publishes the objects of a file once, as a static snapshot, which does not age. Writes nothing when the edge already
 * has the same content (`kind: 'nothing'`). Retries temporary failures for some 15 seconds, or longer if
 * the edge asks for up to a minute (Retry-After). Throws PublishError, or the
 * signal's reason.
 */
export async function publishOnce(store: Store, options: AgentOptions, ports: PublishPorts): Promise<Round> {
  const publisher = createPublisher(options, ports, store, { static: true, term: () => 0 })
  const startMs = ports.clock.nowMs()
  let known: KnownEdge = unknownEdge
  let schedule = initialSchedule
  for (;;) {
    try {
      const edgeState = await edgeStateOf(publisher, known)
      const round = await runRound(publisher, { asOfMs: 'static' }, { ...known, edgeState })
      createSkipLog(ports.log)(round.snapshot.skipped)
      logRound(ports.log, round, ports.clock.nowMs() - startMs)
      return round
    } catch (error) {
      if (!(error instanceof PublishError) || !error.retryable || schedule.failures + 1 >= maxAttempts)
        throw error
      const { retryAfterMs } = error
      if (retryAfterMs > longestWaitMs) throw error
      const nowMs = ports.clock.nowMs()
      schedule = afterFailure(schedule, { nowMs, random: ports.random(), retryAfterMs })
      known = afterFailedRound(known, error.code)
      await ports.clock.sleep(schedule.retryAtMs - nowMs, ports.signal)
      ports.signal.throwIfAborted()
    }
  }
}
