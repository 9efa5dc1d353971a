import type { IngestCode } from '../../snapshot/ingest.ts'
import { type Freshness, stateOf } from '../answer/freshness.ts'
import type { Edge } from '../edge.ts'

/** The state of a cluster's snapshot in one process, for metrics and readiness. */
export type SnapshotStatus = {
  readonly cluster: string
  readonly state: Freshness | 'static' | 'none'
  /** Undefined without a snapshot. */
  readonly generation: number | undefined
  /** When the data was last known to be true (Unix ms); undefined without a snapshot. */
  readonly asOfMs: number | undefined
  /** Why a root in the store was last refused. */
  readonly lastRefusal: IngestCode | undefined
}

/** The state of every cluster's snapshot, as this process has it. */
export function snapshotStatuses({ reader, clock }: Pick<Edge, 'reader' | 'clock'>): SnapshotStatus[] {
  const nowMs = clock.now()
  return reader.status().map(({ cluster, view, lastRefusal }) => ({
    cluster: cluster.id,
    state: view ? stateOf(view.root, nowMs) : 'none',
    generation: view?.root.generation,
    asOfMs: view?.root.asOfMs,
    lastRefusal: lastRefusal?.code,
  }))
}
