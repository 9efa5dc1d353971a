import { createZones, type Zones } from '../answer/zone.ts'
import type { EdgeConfig } from '../config.ts'
import { createLru, type Lru } from '../reader/lru.ts'
import { anonymousView, type Caller, type CheckedToken } from './caller.ts'

/** What one isolate remembers about callers. */
export type Access = {
  readonly anonymous: Caller
  /** Callers whose tokens were valid, by the text that presented them. Refused tokens are not kept. */
  readonly admitted: Lru<Admitted>
  /** The same for tokens in the server name of TLS. */
  readonly admittedByServerName: Lru<Admitted>
  /** Callers without a token over other transports than HTTP, by their addresses. */
  readonly sources: Lru<Caller>
  /** The zones of holders of tokens, by the IDs of their clusters in order. */
  readonly zones: Lru<Zones>
}

export type Admitted = {
  readonly caller: Caller
  readonly tokens: readonly CheckedToken[]
  /** When the use of the policy's blobs was last recorded at the reader (Unix ms). */
  reportedAtMs: number
}

/** The memory for callers with tokens, in bytes: more than 10,000 of them. */
const maxAdmittedBytes = 8 * 1024 * 1024

/** The memory for callers by their addresses, in bytes: several thousand of them. */
const maxSourceBytes = 2 * 1024 * 1024

/** How many combinations of clusters are remembered. */
const maxZones = 256

/**
 * The approximate memory of a remembered caller, in bytes. The text that presents a token may be long: it has spaces, or
 * the namespaces of a minted token, which are remembered as well. The namespaces of several tokens of one cluster are a
 * set that this caller alone has (`united`: their number); the set of one token is the policy's, which all callers share.
 */
export function admittedBytes(key: string, united: number): number {
  return 500 + 4 * key.length + 50 * united
}

/** The memory about callers of an edge, empty. */
export function createAccess(config: EdgeConfig): Access {
  const anonymous = {
    zones: createZones(config),
    grants: undefined,
    view: anonymousView,
    mayForward: config.upstream?.forward ?? false,
    source: undefined,
    tokenNames: [],
    untilMs: Number.POSITIVE_INFINITY,
  }
  return {
    anonymous,
    admitted: createLru(maxAdmittedBytes),
    admittedByServerName: createLru(maxAdmittedBytes),
    sources: createLru(maxSourceBytes),
    zones: createLru(maxZones),
  }
}
