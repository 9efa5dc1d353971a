import { blobsOf } from '../../snapshot/root.ts'
import {
  type BlobHash,
  type Content,
  type ObjectCounts,
  type Root,
  schemaVersion,
} from '../../snapshot/schema.ts'
import { contentOf } from '../build/content.ts'
import { type Allowance, type Late, mixLanes, unlimited } from '../schedule/priority.ts'
import { type Budget, paidAfter } from '../schedule/write-budget.ts'

/** What the plan depends on besides content. Times are in the edge's time, Unix ms. */
export type PlanContext = {
  readonly cluster: string
  readonly nowMs: number
  /** When the entries were last known to be what the cluster says. */
  readonly asOfMs: number
  /** Which leader this agent is: the transitions of its Lease. */
  readonly term: number
  readonly heartbeatMs: number
  /** How many objects the snapshot was made of. */
  readonly objects?: ObjectCounts
  /** What is spent of the edge's daily budget before this; without it, or where a key costs nothing, the root does not tell. */
  readonly budget?: Budget
  /** Write every blob, whatever the published root uses: the edge has lost one. */
  readonly putAll: boolean
  /** Keys that the budget allows now; without it, any number. */
  readonly allowance?: Allowance
}

/**
 * What must be written so that readers see the snapshot: blobs first, then the root. Or nothing, until a time or
 * until the budget has `shortOf` keys for what the main lane waits with; 0 when nothing waits there. `late` is what
 * became of the late lane. What stands for a blob, such as its text, is passed through.
 */
export type Changes<B = string> =
  | {
      readonly kind: 'first' | 'content' | 'heartbeat' | 'repair'
      readonly put: ReadonlyMap<BlobHash, B>
      readonly root: Root
      readonly late: Late
    }
  | { readonly kind: 'nothing'; readonly late: Late; readonly shortOf: number }

/**
 * The published root and a snapshot → what to write. Pure. Blobs that the published root uses are there; any
 * other is written, even if an earlier root used it: it may have been collected since. The generation is the
 * stored one's successor or the time, whichever is greater; the serial moves with the content alone. Where the
 * budget is short the root keeps late shards of the published one (lanes.ts), and content of the main lane waits
 * as a whole; a first root and a repair wait for nothing.
 */
export function planChanges<B>(
  published: Root | undefined,
  snapshot: { readonly content: Content; readonly blobs: ReadonlyMap<BlobHash, B> },
  context: PlanContext,
): Changes<B> {
  const there = published && !context.putAll ? blobsOf(published) : new Set<BlobHash>()
  const allowance = context.putAll ? unlimited : (context.allowance ?? unlimited)
  const mixed = mixLanes(published && contentOf(published), snapshot.content, there, allowance)
  const { late, mainKeys } = mixed
  const isChanged = mainKeys + late.writes > 0
  const kind = kindOf(published, isChanged, context)
  if (kind === 'nothing') return { kind, late, shortOf: 0 }
  if (kind === 'content' && mainKeys > allowance.main) return { kind: 'nothing', late, shortOf: mainKeys }
  const named = blobsOf(mixed.content)
  const put = new Map([...snapshot.blobs].filter(([hash]) => named.has(hash) && !there.has(hash)))
  // A heartbeat is paid from its own share.
  const writes = kind === 'heartbeat' ? 0 : put.size + 1
  const root = rootOf(published, mixed.content, { isChanged, writes }, context)
  return { kind, put, root, late }
}

/** When a published root must be published anew although nothing has changed, edge time in ms. Static data does not age. */
export function heartbeatDueMs(published: Root, heartbeatMs: number): number {
  return published.static ? Number.POSITIVE_INFINITY : published.generation + heartbeatMs
}

function kindOf(
  published: Root | undefined,
  isChanged: boolean,
  context: PlanContext,
): Changes<never>['kind'] {
  if (!published) return 'first'
  if (isChanged) return 'content'
  if (context.putAll) return 'repair'
  return context.nowMs >= heartbeatDueMs(published, context.heartbeatMs) ? 'heartbeat' : 'nothing'
}

function rootOf(
  published: Root | undefined,
  content: Content,
  { isChanged, writes }: { readonly isChanged: boolean; readonly writes: number },
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
    ...(context.objects && { objects: context.objects }),
    ...(budget && budget.writeMs > 0 && { paidUntilMs: Math.ceil(paidAfter(budget, writes, context.nowMs)) }),
  }
}
