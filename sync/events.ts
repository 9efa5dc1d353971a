import type { Loss } from './guard/deletions.ts'
import type { KubeCode } from './kube/errors.ts'
import type { Resource } from './kube/resources.ts'
import type { Store } from './objects/store.ts'
import type { PublishCode } from './publish/errors.ts'
import type { Round } from './publish/round.ts'
import type { Pace, PaceLimits } from './schedule/schedule.ts'

/**
 * What an agent tells whoever watches over it: metrics, health, progress. Nothing that it does depends on who
 * listens.
 */
export type Notice =
  /** A list is under way: so many objects so far. */
  | { readonly kind: 'listing'; readonly resource: Resource; readonly objects: number }
  /** A list is complete, and as old as its beginning: agent's time, Unix ms. */
  | { readonly kind: 'listed'; readonly resource: Resource; readonly objects: number; readonly atMs: number }
  /** A watch is asked for. */
  | { readonly kind: 'watching'; readonly resource: Resource }
  /** A watch has said something. `object` where DNS notices it. */
  | {
      readonly kind: 'event'
      readonly resource: Resource
      readonly type: 'changed' | 'deleted' | 'bookmark'
      readonly object: unknown
      readonly atMs: number
    }
  /** A list or watch has failed, and is tried again after `retryMs`. */
  | {
      readonly kind: 'interrupted'
      readonly resource: Resource
      readonly code: KubeCode
      readonly retryMs: number
    }
  /** A pass of the election is over. `known`: it is certain whether this replica leads. */
  | { readonly kind: 'lease'; readonly known: boolean; readonly leading: boolean }
  /** Another replica leads, and this one waits. */
  | { readonly kind: 'standby' }
  /** The loop has nothing to do for `waitMs`, unless something changes. */
  | { readonly kind: 'waiting'; readonly waitMs: number }
  /** Deletions that are not believed yet, of kinds; none once they are, or have come back. */
  | { readonly kind: 'held'; readonly losses: readonly Loss[] }
  /** A round begins, over this store. */
  | { readonly kind: 'turn'; readonly store: Store }
  /** A request to the edge begins. */
  | { readonly kind: 'request' }
  /** A round has ended well, after `ms`. `atMs` is the agent's time, Unix ms; pace and limits are those from now on. */
  | {
      readonly kind: 'round'
      readonly round: Round
      readonly ms: number
      readonly atMs: number
      readonly pace: Pace
      readonly limits: PaceLimits
      /** By how much the edge's clock is ahead of the agent's, in ms. */
      readonly edgeAheadMs: number
    }
  /** A round has failed. */
  | { readonly kind: 'failed'; readonly code: PublishCode }

/** Takes a notice; never throws. */
export type Notify = (notice: Notice) => void

/** A resource's name without its group, as metrics and checks have it: 'endpointslices'. */
export function shortName({ plural }: Pick<Resource, 'plural'>): string {
  return plural.split('.', 1)[0] ?? plural
}
