import { handle } from './app.ts'
import type { Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import { type DnsRequest, type DnsResponse, exchangeDns } from './dns-exchange.ts'
import { createEdge, type StoreFacts } from './edge.ts'
import { createFollowRoute } from './follow/follow-route.ts'
import { createFollowerNonces, type UseNonce } from './follow/nonces.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import {
  createLocalLimiter,
  type Limiter,
  type LimitKind,
  type LocalLimiter,
  type RateLimits,
} from './limit/limiter.ts'
import type { Fetch, KvReader, Log, Meter, SignProfile, Tasks } from './ports.ts'
import type { Register } from './register/register.ts'
import { createSqlRegister } from './register/sql-register.ts'
import type { Source } from './source/source.ts'
import { type SnapshotStatus, snapshotStatuses } from './status/snapshot-status.ts'

export type { DnsRequest, DnsResponse, SnapshotStatus, UseNonce }
export {
  createFollowerNonces,
  createLocalLimiter,
  createSqlRegister,
  type LimitKind,
  type LocalLimiter,
  type RateLimits,
}

/** The bindings of an edge outside Cloudflare. Several processes with one store share one register. */
export type BranchBindings = {
  readonly kv: KvReader
  /** Where roots and blobs are read; by default `kv` alone. */
  readonly source?: Source | undefined
  /** By default SQLite. */
  readonly storeKind?: StoreFacts['kind'] | undefined
  readonly fetch: Fetch
  readonly register: Register
  /** Records the nonces of followers, once for all processes of the edge; by default no edge can follow this one. */
  readonly useFollowerNonce?: UseNonce | undefined
  /** By default, the limits of the configuration are counted by this process alone. */
  readonly limiter?: Limiter | undefined
  readonly clock: Clock
  readonly log: Log
  /** By default nothing is counted. */
  readonly meter?: Meter | undefined
  /** By default profiles are served unsigned. */
  readonly signProfile?: SignProfile | undefined
}

/** The edge of one process. */
export type Branch = {
  handle(request: DohRequest, tasks: Tasks): DohResponse | Promise<DohResponse>
  /** Answers a DNS message that came over another transport than HTTP (dns-exchange.ts). */
  handleDns(request: DnsRequest, tasks: Tasks): DnsResponse | Promise<DnsResponse>
  /** Sets the ports on which DNS over TLS is answered, for clients that ask for the edge's transports (RFC 9461). */
  listensForDot(ports: readonly number[]): void
  /** Reads a cluster's root again, because the store has a new one. */
  wake(cluster: string, tasks: Tasks): void
  /** The state of every cluster's snapshot. */
  snapshots(): SnapshotStatus[]
}

/** Writes to a store of one's own cost nothing, so agents may publish several times a second (ms). */
const minPublishIntervalMs = 250

/** Creates the edge of one process. */
export function createBranch(
  config: EdgeConfig,
  { register, useFollowerNonce, storeKind = 'sqlite', ...bindings }: BranchBindings,
): Branch {
  const { kv, log, clock } = bindings
  const edge = createEdge(config, {
    ...bindings,
    followRoute:
      useFollowerNonce && createFollowRoute(config, { kv, log, now: clock.now, useNonce: useFollowerNonce }),
    random: Math.random,
    store: { kind: storeKind, minPublishIntervalMs, writesPerDay: null },
    registerOf: () => register,
  })
  return {
    handle: (request, tasks) => handle(request, edge, tasks),
    handleDns: (request, tasks) => exchangeDns(request, edge, tasks),
    listensForDot(ports) {
      edge.dotPorts = ports
    },
    wake: (cluster, tasks) => edge.reader.wake(cluster, tasks),
    snapshots: () => snapshotStatuses(edge),
  }
}
