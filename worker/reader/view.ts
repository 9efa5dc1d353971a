import type { VerifiedRoot } from '../../snapshot/root.ts'
import type { ClusterConfig } from '../config.ts'

/** One root, as adopted by this isolate. A query is answered from one view from start to end. */
export type View = VerifiedRoot & {
  readonly cluster: ClusterConfig
  /** Ids of the slots that answers were given from: from then on, the view before may not stand in for them. */
  readonly answered: Set<string>
  /** The view before, for slots whose blob is not visible here yet. */
  readonly previous: View | undefined
  /** Tells this view from every other, to those who must not keep it alive. */
  readonly mark: object
}

/** A root becomes a view; of the one before only that one is kept, not its own predecessor. */
export function createView(cluster: ClusterConfig, verified: VerifiedRoot, before: View | undefined): View {
  const previous = before && { ...before, previous: undefined }
  return { ...verified, cluster, answered: new Set(), previous, mark: {} }
}
