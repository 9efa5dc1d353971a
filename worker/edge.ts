import { type Access, createAccess } from './access/access.ts'
import type { Zones } from './answer/zone.ts'
import type { Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import type { FollowRoute } from './follow/follow-route.ts'
import { createLocalLimiter, type Limiter } from './limit/limiter.ts'
import { createMeteredLimiter } from './limit/metered-limiter.ts'
import type { Fetch, KvReader, Log, Meter, SignProfile } from './ports.ts'
import { type AnswerCache, createAnswerCache } from './query/answer-cache.ts'
import { createKeyring, type Keyring } from './reader/keyring.ts'
import { createReader, type Reader } from './reader/reader.ts'
import { createRefusalLog, type RefusalLog } from './register/refusal-log.ts'
import type { Register } from './register/register.ts'
import { createSilentMeter } from './report/silent-meter.ts'
import { createKvSource } from './source/kv-source.ts'
import type { Source } from './source/source.ts'
import type { Forwarder } from './upstream/forward.ts'
import { createForwarder } from './upstream/forwarder.ts'

/** One isolate's edge: its configuration, its caches and its ports. */
export type Edge = {
  readonly config: EdgeConfig
  /** All zones, as callers without a token see them. */
  readonly zones: Zones
  readonly access: Access
  readonly reader: Reader
  readonly answerCache: AnswerCache
  readonly keyring: Keyring
  /** Undefined when no upstream is configured. */
  readonly forwarder: Forwarder | undefined
  readonly limiter: Limiter
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly meter: Meter
  readonly signProfile?: SignProfile | undefined
  /** Serves the edges that follow this one; undefined: it has no such routes. */
  readonly followRoute?: FollowRoute | undefined
  /** Logs a refused ingest request. */
  readonly logRefusal: RefusalLog
  readonly store: StoreFacts
  /** The register of a cluster, by its ID. */
  readonly registerOf: (cluster: string) => Register
  /** The ports on which DNS over TLS is answered now. They are known only once the edge listens. */
  dotPorts: readonly number[]
}

/** The properties of the store that ingest reports to agents; `writesPerDay` is null for a store without a quota. */
export type StoreFacts = {
  readonly kind: 'cloudflare-kv' | 'sqlite' | 'nats'
  readonly minPublishIntervalMs: number
  readonly writesPerDay: number | null
}

/** Everything outside the edge that it uses. `random` returns a number in [0, 1). */
export type EdgePorts = {
  readonly kv: KvReader
  /** Where roots and blobs are read; by default `kv` alone. */
  readonly source?: Source | undefined
  readonly fetch: Fetch
  /** Counts the requests; by default in this isolate's memory, with the limits of the configuration. */
  readonly limiter?: Limiter | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** By default nothing is counted. */
  readonly meter?: Meter | undefined
  /** By default profiles are served unsigned. */
  readonly signProfile?: SignProfile | undefined
  /** By default the edge has no routes for followers. */
  readonly followRoute?: FollowRoute | undefined
  readonly store: StoreFacts
  readonly registerOf: (cluster: string) => Register
}

/** Creates an edge with empty caches. */
export function createEdge(config: EdgeConfig, ports: EdgePorts): Edge {
  const keyring = createKeyring()
  const reader = createReader({
    ...ports,
    source: ports.source ?? createKvSource(ports.kv),
    keyring,
    clusters: config.clusters,
    memoryBytes: config.memoryBytes,
  })
  const answerCache = createAnswerCache(config.answerBytes)
  const meter = ports.meter ?? createSilentMeter(ports.clock)
  const forwarder = config.upstream && createForwarder(config.upstream, { ...ports, meter })
  const limiter = createMeteredLimiter(ports.limiter ?? createLocalLimiter(config.limits, ports.clock), meter)
  const access = createAccess(config)
  const { zones } = access.anonymous
  const logRefusal = createRefusalLog(ports.log, ports.clock)
  return {
    ...ports,
    config,
    keyring,
    reader,
    answerCache,
    forwarder,
    limiter,
    access,
    logRefusal,
    zones,
    meter,
    dotPorts: [],
  }
}
