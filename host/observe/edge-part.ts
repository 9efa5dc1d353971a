import type { Check } from '../../observe/health-checks.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import type { Cells } from './cells.ts'
import { type EdgeReport, edgeText } from './edge-text.ts'
import { snapshotChecks } from './snapshot-checks.ts'

/** The metrics of an edge in text format, and its checks of readiness. */
export type EdgePart = { text(): string; readonly readyz: readonly Check[] }

/** The metrics and checks of an edge whose current state `report` returns; `nowMs` returns Unix ms. */
export function edgePart(
  config: Pick<EdgeConfig, 'clusters'>,
  cells: Cells,
  report: () => EdgeReport,
  nowMs: () => number,
): EdgePart {
  const running: Check = {
    name: 'processes',
    problem: () => (report().workers.running > 0 ? undefined : 'no process answers queries'),
  }
  const ids = config.clusters.map(({ id }) => id)
  return {
    text: () => edgeText(cells, report(), nowMs()),
    readyz: [running, ...snapshotChecks(ids, () => report().snapshots)],
  }
}
