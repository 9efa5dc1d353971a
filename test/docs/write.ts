import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { loadVerbs } from '../../cli/verbs.ts'
import { policyJsonSchema } from '../../sync/policy/json-schema.ts'
import { withAgentTables } from './agent-tables.ts'
import { cliReference } from './cli-reference.ts'
import { withDoctorTable } from './doctor-table.ts'
import { withEdgeMetrics } from './metrics-table.ts'
import { withValues } from './values-table.ts'

/* Writes the pages that are made from the code, and the copies of examples in the chart: `npm run docs`. */
writeFileSync(new URL('../../docs/cli.md', import.meta.url), cliReference(await loadVerbs()))
const agent = new URL('../../docs/agent.md', import.meta.url)
writeFileSync(agent, withAgentTables(readFileSync(agent, 'utf8')))
const doctor = new URL('../../docs/doctor.md', import.meta.url)
writeFileSync(doctor, withDoctorTable(readFileSync(doctor, 'utf8')))
const metrics = new URL('../../docs/metrics.md', import.meta.url)
writeFileSync(metrics, withEdgeMetrics(readFileSync(metrics, 'utf8')))
const schema = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`
writeFileSync(new URL('../../docs/policy.schema.json', import.meta.url), schema)
const chart = new URL('../../deploy/chart/', import.meta.url)
const readme = new URL('README.md', chart)
const values = readFileSync(new URL('values.yaml', chart), 'utf8')
writeFileSync(readme, withValues(readFileSync(readme, 'utf8'), values))
for (const file of ['alerts.yaml', 'grafana-dashboard.json'])
  copyFileSync(new URL(`../../examples/${file}`, import.meta.url), new URL(`files/${file}`, chart))
