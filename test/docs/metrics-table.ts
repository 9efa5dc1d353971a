import { metricRows, processRows } from '../../sync/metric-rows.ts'

/** The table of metrics in docs/agent.md, made from the code. */
export function metricsTable(): string {
  const rows = [...Object.values(metricRows), ...Object.values(processRows)].map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return ['| metric | type | labels | is |', '|---|---|---|---|', ...rows, ''].join('\n')
}

const [begin, end] = ['<!-- metrics, by npm run docs -->\n', '<!-- end -->']

/** A page with the table in its place. Throws Error where the page has no place for it. */
export function withMetricsTable(page: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error('the page has no place for the table of metrics')
  return page.slice(0, from + begin.length) + metricsTable() + page.slice(to)
}
