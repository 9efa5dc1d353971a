import type { Loss } from './guard/deletions.ts'
import type { KubeCode } from './kube/http/errors.ts'
import type { Resource } from './kube/resources.ts'
import type { Store } from './objects/store.ts'
import type { PublishCode } from './publish/errors.ts'
import type { Round } from './publish/round.ts'
import type { ScheduleLimits } from './schedule/limits.ts'
import type { Schedule } from './schedule/schedule.ts'

/**
 * A report of an agent to its observers: metrics, health checks, progress. The agent does not depend on them. Times
 * (`atMs`) are by the agent's clock (Unix ms).
 */
export type AgentEvent = SourceEvent | EdgeEvent

/** A report about the cluster, the Lease or the access policy, which all edges of an agent share. */
export type SourceEvent =
  /** A list is in progress, with the number of objects so far. */
  | { readonly kind: 'listing'; readonly resource: Resource; readonly objects: number }
  /** A list is complete. `atMs` is when it began, which is how old its objects may be. */
  | { readonly kind: 'listed'; readonly resource: Resource; readonly objects: number; readonly atMs: number }
  /** A watch was requested. */
  | { readonly kind: 'watching'; readonly resource: Resource }
  /** A watch delivered an event. `object` is there only if DNS depends on the change. */
  | {
      readonly kind: 'event'
      readonly resource: Resource
      readonly type: 'changed' | 'deleted' | 'bookmark'
      readonly object: unknown
      readonly atMs: number
    }
  /** A list or watch failed and will be retried after `retryMs`. */
  | {
      readonly kind: 'interrupted'
      readonly resource: Resource
      readonly code: KubeCode
      readonly retryMs: number
    }
  /** An attempt to get or renew the Lease ended. `known`: whether this replica leads is certain. */
  | { readonly kind: 'lease'; readonly known: boolean; readonly leading: boolean }
  /** The access policy was read. `problems`: why it cannot be used, so that the last good one stays in force. */
  | { readonly kind: 'policy'; readonly problems: readonly string[] }

/** A report about publishing to one edge, and the base URL of that edge. */
export type EdgeEvent = PublishEvent & { readonly edge: string }

/** A report of one publishing loop. */
export type PublishEvent =
  /** Another replica leads, and this one waits. */
  | { readonly kind: 'standby' }
  /** The loop waits for `waitMs`, unless something changes. */
  | { readonly kind: 'waiting'; readonly waitMs: number }
  /** The deletions that are held back, by kind; empty once they are confirmed or the objects are back. */
  | { readonly kind: 'deletions-held'; readonly losses: readonly Loss[] }
  /** A round begins to publish this store. */
  | { readonly kind: 'round-start'; readonly store: Store }
  /** A request to the edge begins. */
  | { readonly kind: 'request' }
  /** A round succeeded after `ms`. The schedule and limits are those that apply from now on. */
  | {
      readonly kind: 'round'
      readonly round: Round
      readonly ms: number
      readonly atMs: number
      readonly schedule: Schedule
      readonly limits: ScheduleLimits
      /** By how much the edge's clock is ahead of the agent's (ms). */
      readonly edgeAheadMs: number
    }
  /** A round failed. */
  | { readonly kind: 'failed'; readonly code: PublishCode }

/** Takes an event; never throws. */
export type Notify = (event: AgentEvent) => void

/** Takes an event of one publishing loop; never throws. */
export type NotifyPublish = (event: PublishEvent) => void

/** A resource's name without its group, for metrics and checks: 'endpointslices'. */
export function shortName({ plural }: Pick<Resource, 'plural'>): string {
  return plural.split('.', 1)[0] ?? plural
}
