import type { VerifiedRoot } from '../../snapshot/root.ts'
import type { ClusterConfig } from '../config.ts'
import { type Buckets, createBuckets } from './buckets.ts'
import { hasSameSettings } from './same-settings.ts'

/** A root that this isolate adopted. A query is answered from one view from start to end. */
export type View = VerifiedRoot & {
  readonly cluster: ClusterConfig
  /** The text under the root's key: the JWS, and for schema 2 its buckets. */
  readonly value: string
  /** The buckets of a root of schema 2. */
  readonly buckets: Buckets | undefined
  /** Ids of the slots that answers were given from: the previous view may no longer be used for them. */
  readonly answered: Set<string>
  /** The previous view, for slots whose blob is not visible here yet. */
  readonly previous: View | undefined
  /** Identifies this view for code that must not keep the view itself alive. */
  readonly mark: object
  /** Identifies the root's settings (same-settings.ts): a view has the object of the view before it if they are the same. */
  readonly settings: object
}

/**
 * Makes a view of a verified root and its value. It keeps `before` as its previous view, but not the view previous to that,
 * and takes over the buckets that were checked for it and are the same.
 */
export function createView(
  cluster: ClusterConfig,
  verified: VerifiedRoot,
  value: string,
  before: View | undefined,
): View {
  const previous = before && { ...before, previous: undefined }
  const settings = before && hasSameSettings(before.root, verified.root) ? before.settings : {}
  const buckets = createBuckets(verified.root, value, before?.buckets)
  return { ...verified, cluster, value, buckets, answered: new Set(), previous, mark: {}, settings }
}
