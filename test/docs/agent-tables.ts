import { agentOptions } from '../../cli/options/agent-options.ts'
import { leaseOption } from '../../cli/options/lease-option.ts'
import { observeOptions } from '../../cli/options/observe-options.ts'
import type { OptionTable } from '../../cli/options/option-table.ts'
import { policyOptions } from '../../cli/options/policy-option.ts'
import { processRows } from '../../observe/process-metrics.ts'
import { kubeconfigFields } from '../../sync/kubeconfig/fields.ts'
import { metricRows } from '../../sync/observe/metric-rows.ts'
import { optionsTable } from './cli-reference.ts'
import { metricsTable } from './metrics-table.ts'
import { withTables } from './with-tables.ts'

/** Options of an agent, in every verb that runs one. */
const options: OptionTable = { ...agentOptions, ...policyOptions, ...leaseOption, ...observeOptions }

/** Tables of docs/agent.md that are made from the code, by the name of their place. */
const tables: Readonly<Record<string, () => string>> = {
  options: () => optionsTable(options),
  metrics: () => metricsTable([...Object.values(metricRows), ...Object.values(processRows)]),
  kubeconfig: kubeconfigTable,
}

function kubeconfigTable(): string {
  const rows = kubeconfigFields.map(
    ({ object, field, treatment, note }) => `| ${object} | \`${field}\` | ${treatment} | ${note} |`,
  )
  return ['| in | field | is | note |', '|---|---|---|---|', ...rows].join('\n')
}

/** The page with the tables in their places. Throws Error where the page has no place for one. */
export function withAgentTables(page: string): string {
  return withTables(page, tables)
}
