import { readFileSync, writeFileSync } from 'node:fs'
import { policyJsonSchema } from '../../sync/policy/json-schema.ts'
import { withAgentTables } from './agent-tables.ts'
import { cliReference } from './cli-reference.ts'
import { withDoctorTable } from './doctor-table.ts'
import { withEdgeMetrics } from './metrics-table.ts'
import { allVerbs } from './verbs.ts'

/* Writes the pages of docs/ that are made from the code: `npm run docs`. */
writeFileSync(new URL('../../docs/cli.md', import.meta.url), cliReference(await allVerbs()))
const agent = new URL('../../docs/agent.md', import.meta.url)
writeFileSync(agent, withAgentTables(readFileSync(agent, 'utf8')))
const doctor = new URL('../../docs/doctor.md', import.meta.url)
writeFileSync(doctor, withDoctorTable(readFileSync(doctor, 'utf8')))
const metrics = new URL('../../docs/metrics.md', import.meta.url)
writeFileSync(metrics, withEdgeMetrics(readFileSync(metrics, 'utf8')))
const schema = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`
writeFileSync(new URL('../../docs/policy.schema.json', import.meta.url), schema)
