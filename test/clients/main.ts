import type { Cell, Row } from './client.ts'
import { runMatrix } from './matrix.ts'
import { obtainPrograms } from './programs.ts'

/*
 * npm run clients [-- TEXT]   builds or extracts the programs that are not installed, queries every name with every client
 *                             (only those with TEXT in their names), and prints the results and a table of pass and
 *                             FAIL. Exit code 1 if anything failed.
 */

const programs = await obtainPrograms()
const rows: Row[] = []
for await (const row of runMatrix(programs, true, process.argv[2])) {
  console.log(showRow(row))
  rows.push(row)
}
console.log(`\n${showTable(rows)}\n`)
const cells = rows.flatMap((row) => row.cells)
const failed = cells.filter(({ passed }) => !passed).length
const skipped = rows.filter((row) => row.skipped !== undefined).length
console.log(`${cells.length - failed} passed, ${failed} failed; ${skipped} clients skipped`)
process.exitCode = failed === 0 ? 0 : 1

function showRow({ client, version, zone, skipped: reason, cells: seen }: Row): string {
  const head = `${client} ${version}, in ${zone}${reason === undefined ? '' : `: skipped, ${reason}`}`
  const lines = seen.map(({ title, passed, said }) => {
    const text = said.split('\n').join('\n        ')
    return `  ${passed ? 'pass' : 'FAIL'}  ${title.padEnd(20)}  ${text}`
  })
  return [head, ...lines].join('\n')
}

/** A Markdown table with aligned columns. */
function showTable(all: readonly Row[]): string {
  const titles = [...new Set(all.flatMap((row) => row.cells.map(({ title }) => title)))]
  const body = all.map(({ client, version, skipped: reason, cells: seen }) => [
    client,
    version,
    ...titles.map((title) =>
      reason === undefined ? resultOf(seen.find((cell) => cell.title === title)) : 'skipped',
    ),
  ])
  const table = [['client', 'version', ...titles], ...body]
  const widths = ['client', 'version', ...titles].map((_, at) =>
    Math.max(...table.map((row) => row[at]?.length ?? 0)),
  )
  const lines = table.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  return lines.toSpliced(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`).join('\n')
}

function resultOf(cell: Cell | undefined): string {
  if (!cell) return '-'
  return cell.passed ? 'pass' : 'FAIL'
}
