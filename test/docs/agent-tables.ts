import { agentOptions } from '../../cli/options/agent-options.ts'
import { leaseOption } from '../../cli/options/lease-option.ts'
import { observeOptions } from '../../cli/options/observe-options.ts'
import type { OptionTable } from '../../cli/options/option-table.ts'
import { policyOptions } from '../../cli/options/policy-option.ts'
import { kubeconfigFields } from '../../sync/kubeconfig/fields.ts'
import { metricRows, processRows } from '../../sync/observe/metric-rows.ts'
import { optionsTable } from './cli-reference.ts'

/** Options of an agent, in every verb that runs one. */
const options: OptionTable = { ...agentOptions, ...policyOptions, ...leaseOption, ...observeOptions }

/** Tables of docs/agent.md that are made from the code, by the name of their place. */
const tables: Readonly<Record<string, () => string>> = {
  options: () => optionsTable(options),
  metrics: metricsTable,
  kubeconfig: kubeconfigTable,
}

function metricsTable(): string {
  const rows = [...Object.values(metricRows), ...Object.values(processRows)].map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return ['| metric | type | labels | is |', '|---|---|---|---|', ...rows].join('\n')
}

function kubeconfigTable(): string {
  const rows = kubeconfigFields.map(
    ({ object, field, treatment, note }) => `| ${object} | \`${field}\` | ${treatment} | ${note} |`,
  )
  return ['| in | field | is | note |', '|---|---|---|---|', ...rows].join('\n')
}

/** A page with the tables in their places. Throws Error where the page has no place for one. */
export function withAgentTables(page: string): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const begin = `<!-- ${name}, by npm run docs -->\n`
    const from = text.indexOf(begin)
    const to = text.indexOf('<!-- end -->', from)
    if (from < 0 || to < 0) throw new Error(`the page has no place for the table of ${name}`)
    return `${text.slice(0, from + begin.length)}${table()}\n${text.slice(to)}`
  }, page)
}
