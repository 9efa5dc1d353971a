import type { Clock } from '../clock.ts'
import { createRateTable, type RateTable } from './rate-table.ts'

/**
 * The kinds of requests that are limited, each with its own counters:
 * `anonymous`: DNS queries without a token, per network; `token`: DNS queries with a valid token, per token;
 * `failure`: DNS queries with a token that is not valid, or whose signature must be verified first, per network;
 * `ingest`: requests of agents, before their signature is verified, per network and claimed key (ingest.ts).
 */
export const limitKinds = ['anonymous', 'token', 'failure', 'ingest'] as const

export type LimitKind = (typeof limitKinds)[number]

/** Requests per second of each kind; 0 is no limit. */
export type RateLimits = Readonly<Record<LimitKind, number>>

/** Counts requests of one edge. */
export type Limiter = {
  /**
   * Counts a request: 0 when it is within the limit, otherwise the time (ms) until the next one is. `key` is the network
   * (network.ts) or the token's hash; undefined is not counted. A promise only where the counters are elsewhere.
   */
  take(kind: LimitKind, key: string | undefined): number | Promise<number>
}

/** A limiter whose counters are in memory. */
export type LocalLimiter = {
  take(kind: LimitKind, key: string | undefined): number
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
    take(kind, key) {
      const table = key === undefined ? undefined : tables.get(kind)
      return table && key !== undefined ? table.take(key, clock.now()) : 0
    },
    add: (kind, key, count) => tables.get(kind)?.add(key, count, clock.now()),
  }
}
