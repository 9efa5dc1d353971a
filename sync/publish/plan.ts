import { blobsOf } from '../../snapshot/root.ts'
import {
  type BlobHash,
  type Content,
  type ObjectCounts,
  type Root,
  schemaVersion,
} from '../../snapshot/schema.ts'
import { contentOf } from '../build/content.ts'
import type { Deferred } from '../schedule/deferred-shards.ts'
import { heartbeatDueMs } from '../schedule/limits.ts'
import { prioritize } from '../schedule/priority.ts'
import type { RoundBudget } from '../schedule/schedule.ts'
import { charge, chargedKeys, type RootKind, unlimitedQuota } from '../schedule/write-budget.ts'

/** The inputs of a plan in addition to content. Times are by the edge's clock (Unix ms). */
export type PlanContext = {
  readonly cluster: string
  readonly nowMs: number
  /** When the objects were last known to be those of the cluster. */
  readonly asOfMs: number
  /** The number of the leader's term: the transitions of its Lease. */
  readonly term: number
  readonly heartbeatMs: number
  /** The number of objects in the snapshot. */
  readonly objects?: ObjectCounts
  /** The edge's write budget; without it writes are not limited. Where they are, the root stores the used part. */
  readonly budget?: RoundBudget
  /** The root says that a policy is dropped (see Root). */
  readonly dropsPolicy?: boolean
  /** Write every blob, also those that the published root uses: the edge has lost one. */
  readonly putAll: boolean
}

/**
 * The blobs to write, and then the root, so that readers see the snapshot. Or nothing, because the published root is up
 * to date, or because priority shards wait until the budget has `neededKeys` keys (0 when none wait). `B` is the type of a
 * blob, such as its text, which is only passed through.
 */
export type Plan<B = string> =
  | {
      readonly kind: RootKind
      readonly put: ReadonlyMap<BlobHash, B>
      readonly root: Root
      readonly deferred: Deferred
    }
  | { readonly kind: 'nothing'; readonly deferred: Deferred; readonly neededKeys: number }

/**
 * The published root and a snapshot → what to write. Pure. The edge has the blobs that the published root uses; any
 * other is written, even if an earlier root used it, since it may have been deleted. The generation is the stored one
 * plus 1 or the time, whichever is greater; the serial changes with the content only. Changes that the budget does
 * not pay for wait (see prioritize), except in a first root and in a repair.
 */
export function planPublish<B>(
  published: Root | undefined,
  snapshot: { readonly content: Content; readonly blobs: ReadonlyMap<BlobHash, B> },
  context: PlanContext,
): Plan<B> {
  const stored = published && !context.putAll ? blobsOf(published) : new Set<BlobHash>()
  const quota = context.putAll || !context.budget ? unlimitedQuota : context.budget.quota
  const allowed = prioritize(published && contentOf(published), snapshot.content, stored, quota)
  const { deferred, neededKeys } = allowed
  const isChanged = allowed.priorityKeys + deferred.writes > 0
  const kind = kindOf(published, isChanged, context)
  if (kind === 'nothing' || neededKeys > 0) return { kind: 'nothing', deferred, neededKeys }
  const named = blobsOf(allowed.content)
  const put = new Map([...snapshot.blobs].filter(([hash]) => named.has(hash) && !stored.has(hash)))
  const keys = chargedKeys(kind, put.size)
  const root = rootOf(published, allowed.content, { isChanged, keys }, context)
  return { kind, put, root, deferred }
}

function kindOf(published: Root | undefined, isChanged: boolean, context: PlanContext): Plan<never>['kind'] {
  if (!published) return 'first'
  if (isChanged) return 'content'
  if (context.putAll) return 'repair'
  return context.nowMs >= heartbeatDueMs(published, context.heartbeatMs) ? 'heartbeat' : 'nothing'
}

function rootOf(
  published: Root | undefined,
  content: Content,
  { isChanged, keys }: { readonly isChanged: boolean; readonly keys: number },
  context: PlanContext,
): Root {
  const { budget } = context
  const nowSeconds = Math.floor(context.nowMs / 1000)
  return {
    schema: schemaVersion,
    cluster: context.cluster,
    generation: Math.max((published?.generation ?? -1) + 1, context.nowMs),
    term: context.term,
    asOfMs: context.asOfMs,
    serial: isChanged || !published ? Math.max((published?.serial ?? -1) + 1, nowSeconds) : published.serial,
    ...content,
    ...(context.dropsPolicy && content.policy === null && { policyDropped: true }),
    ...(context.objects && { objects: context.objects }),
    ...(budget && budget.writeMs > 0 && { paidUntilMs: Math.ceil(charge(budget, keys, context.nowMs)) }),
  }
}
