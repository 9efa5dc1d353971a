import type { VerifiedRoot } from '../../snapshot/root.ts'
import type { ClusterConfig } from '../config.ts'
import { hasSameSettings } from './same-settings.ts'

/** A root that this isolate adopted. A query is answered from one view from start to end. */
export type View = VerifiedRoot & {
  readonly cluster: ClusterConfig
  /** Ids of the slots that answers were given from: the previous view may no longer be used for them. */
  readonly answered: Set<string>
  /** The previous view, for slots whose blob is not visible here yet. */
  readonly previous: View | undefined
  /** Identifies this view for code that must not keep the view itself alive. */
  readonly mark: object
  /** Identifies the root's settings (same-settings.ts): a view has the object of the view before it if they are the same. */
  readonly settings: object
}

/** Makes a view of a verified root. It keeps `before` as its previous view, but not the view previous to that. */
export function createView(cluster: ClusterConfig, verified: VerifiedRoot, before: View | undefined): View {
  const previous = before && { ...before, previous: undefined }
  const settings = before && hasSameSettings(before.root, verified.root) ? before.settings : {}
  return { ...verified, cluster, answered: new Set(), previous, mark: {}, settings }
}
