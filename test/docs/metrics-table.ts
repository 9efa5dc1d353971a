import { followRows } from '../../host/follow/follow-rows.ts'
import { storeRows } from '../../host/nats/store-rows.ts'
import { edgeRows } from '../../host/observe/edge-rows.ts'
import { processRows } from '../../observe/process-metrics.ts'
import type { MetricRow } from '../../observe/prometheus.ts'
import { withTables } from './with-tables.ts'

/** A table of metrics, as Markdown. */
export function metricsTable(rows: readonly MetricRow[]): string {
  const lines = rows.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return ['| metric | type | labels | is |', '|---|---|---|---|', ...lines].join('\n')
}

/** docs/metrics.md with the tables of the metrics of an edge, of a follower and of a shared store in their places. */
export function withEdgeMetrics(page: string): string {
  const rows = [...Object.values(edgeRows), ...Object.values(processRows)]
  const follow = Object.values(followRows)
  const store = Object.values(storeRows)
  return withTables(page, {
    metrics: () => metricsTable(rows),
    'follow-metrics': () => metricsTable(follow),
    'store-metrics': () => metricsTable(store),
  })
}
