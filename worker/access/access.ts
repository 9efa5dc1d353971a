import { createZones, type Zones } from '../answer/zone.ts'
import type { EdgeConfig } from '../config.ts'
import { createLru, type Lru } from '../reader/lru.ts'
import { anonymousView, type Caller, type CheckedToken } from './caller.ts'

/** What one isolate remembers about callers. */
export type Access = {
  readonly anonymous: Caller
  /** Callers whose tokens were valid, by the text that presented them. Refused tokens are not kept. */
  readonly admitted: Lru<Admitted>
  /** The zones of holders of tokens, by the IDs of their clusters in order. */
  readonly zones: Lru<Zones>
}

export type Admitted = {
  readonly caller: Caller
  readonly tokens: readonly CheckedToken[]
  /** When the use of the policy's blobs was last recorded at the reader (Unix ms). */
  reportedAtMs: number
}

/** How many callers with tokens, and how many combinations of clusters, an isolate remembers. */
const maxAdmitted = 10_000
const maxZones = 256

/** The memory about callers of an edge, empty. */
export function createAccess(config: EdgeConfig): Access {
  const anonymous = {
    zones: createZones(config),
    grants: undefined,
    view: anonymousView,
    mayForward: config.upstream?.forward ?? false,
    tokenNames: [],
  }
  return { anonymous, admitted: createLru(maxAdmitted), zones: createLru(maxZones) }
}
