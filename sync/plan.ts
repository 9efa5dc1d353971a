import { blobsOf } from '../snapshot/root.ts'
import {
  type BlobHash,
  type Content,
  type ObjectCounts,
  type Root,
  schemaVersion,
} from '../snapshot/schema.ts'
import { contentOf, sameContent } from './content.ts'

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
  /** Write every blob, whatever the published root uses: the edge has lost one. */
  readonly putAll: boolean
}

/**
 * What must be written so that readers see the snapshot: blobs first, then the root. Or nothing, until a time. What
 * stands for a blob, such as its text, is passed through.
 */
export type Changes<B = string> =
  | {
      readonly kind: 'first' | 'content' | 'heartbeat' | 'repair'
      readonly put: ReadonlyMap<BlobHash, B>
      readonly root: Root
    }
  | { readonly kind: 'nothing' }

/**
 * The published root and a snapshot → what to write. Pure. Blobs that the published root uses are there; any
 * other is written, even if an earlier root used it: it may have been collected since. The generation is the
 * stored one's successor or the time, whichever is greater; the serial moves with the content alone.
 */
export function planChanges<B>(
  published: Root | undefined,
  snapshot: { readonly content: Content; readonly blobs: ReadonlyMap<BlobHash, B> },
  context: PlanContext,
): Changes<B> {
  const kind = kindOf(published, snapshot.content, context)
  if (kind === 'nothing') return { kind }
  const root = rootOf(published, snapshot.content, context)
  const there = published && !context.putAll ? blobsOf(published) : new Set<BlobHash>()
  const put = new Map([...snapshot.blobs].filter(([hash]) => !there.has(hash)))
  return { kind, put, root }
}

/** When a published root must be published anew although nothing has changed, edge time in ms. Static data does not age. */
export function heartbeatDueMs(published: Root, heartbeatMs: number): number {
  return published.static ? Number.POSITIVE_INFINITY : published.generation + heartbeatMs
}

function kindOf(published: Root | undefined, content: Content, context: PlanContext): Changes<never>['kind'] {
  if (!published) return 'first'
  if (!sameContent(contentOf(published), content)) return 'content'
  if (context.putAll) return 'repair'
  return context.nowMs >= heartbeatDueMs(published, context.heartbeatMs) ? 'heartbeat' : 'nothing'
}

function rootOf(published: Root | undefined, content: Content, context: PlanContext): Root {
  const changed = !published || !sameContent(contentOf(published), content)
  const nowSeconds = Math.floor(context.nowMs / 1000)
  return {
    schema: schemaVersion,
    cluster: context.cluster,
    generation: Math.max((published?.generation ?? -1) + 1, context.nowMs),
    term: context.term,
    asOfMs: context.asOfMs,
    serial: changed ? Math.max((published?.serial ?? -1) + 1, nowSeconds) : published.serial,
    ...content,
    ...(context.objects && { objects: context.objects }),
  }
}
