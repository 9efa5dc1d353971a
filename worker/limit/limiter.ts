import type { Clock } from '../clock.ts'
import { createRateTable, type RateTable } from './rate-table.ts'

/**
 * The kinds of requests that are limited, each with its own counters:
 * `anonymous`: DNS queries without a token, per network; `token`: DNS queries with a valid token, per token;
 * `failure`: DNS queries with a token that is not valid, or whose signature must be verified first, per network;
 * `ingest`: requests of agents, before their signature is verified, per network and claimed key (ingest.ts);
 * `ingestBytes`: bytes of requests with a valid proof, before they are read, per cluster; those of roots count fourfold.
 */
export const limitKinds = ['anonymous', 'token', 'failure', 'ingest', 'ingestBytes'] as const

export type LimitKind = (typeof limitKinds)[number]

/** Requests, or bytes, per second of each kind; 0 is no limit. */
export type RateLimits = Readonly<Record<LimitKind, number>>

/** Counts requests of one edge. */
export type Limiter = {
  /**
   * Counts a request: 0 when it is within the limit, otherwise the time (ms) until the next one is. `key` is the network
   * (network.ts), the token's hash or the cluster; undefined is not counted. `count` is the number of bytes where they
   * count. A promise only where the counters are elsewhere.
   */
  take(kind: LimitKind, key: string | undefined, count?: number): number | Promise<number>
}

/** A limiter whose counters are in memory. */
export type LocalLimiter = {
  take(kind: LimitKind, key: string | undefined, count?: number): number
  /** Counts requests that another process has admitted. */
  add(kind: LimitKind, key: string, count: number): void
}

/** A client may send at once as much as its rate allows in this time (seconds). */
const burstSeconds = 10

/** Keys that are stored for each kind. A full table takes about 2 MB. */
const maxKeys = 16_384

/** A limiter with empty counters. */
export function createLocalLimiter(limits: RateLimits, clock: Clock): LocalLimiter {
  const tables = new Map<LimitKind, RateTable>()
  for (const kind of limitKinds) {
    const perSecond = limits[kind]
    if (perSecond > 0)
      tables.set(kind, createRateTable({ perSecond, burst: perSecond * burstSeconds }, maxKeys))
  }
  return {
    take(kind, key, count) {
      const table = key === undefined ? undefined : tables.get(kind)
      return table && key !== undefined ? table.take(key, clock.now(), count) : 0
    },
    add: (kind, key, count) => tables.get(kind)?.add(key, count, clock.now()),
  }
}
