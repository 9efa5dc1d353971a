import { checks } from '../../doctor/checks.ts'
import type { Template } from '../../doctor/define-check.ts'
import { unrunFindings } from '../../doctor/walk.ts'
import { withTables } from './with-tables.ts'

/** docs/doctor.md with the tables of the code. */
export function withDoctorTable(page: string): string {
  return withTables(page, { findings: findingsTable })
}

/** One row per finding, in the order of the walk. */
function findingsTable(): string {
  const rows = checks.flatMap(({ id, findings }) => rowsOf(id, findings))
  return [
    '| check | finding | state | text | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    ...rowsOf('any', unrunFindings),
  ].join('\n')
}

function rowsOf(check: string, findings: Readonly<Record<string, Template>>): string[] {
  return Object.entries(findings).map(
    ([finding, { state, text, remedy = '' }]) =>
      `| ${check} | \`${finding}\` | ${state} | ${cell(text)} | ${cell(remedy)} |`,
  )
}

/** Words of a template in capitals, as they are written elsewhere in the pages. */
function cell(template: string): string {
  return template.replace(/\{(\w+)\}/g, (_, word: string) => word.toUpperCase()).replaceAll('|', '\\|')
}
