import type { Score } from './measured-server.ts'
import type { Result } from './row.ts'

const columns = [
  ['req/s', (score: Score) => Math.round(score.requestsPerSecond).toLocaleString('en')],
  ['CPU µs/query', (score: Score) => score.cpuMicrosPerQuery.toFixed(1)],
  ['p50 ms', (score: Score) => (score.p50Micros / 1000).toFixed(2)],
  ['p99 ms', (score: Score) => (score.p99Micros / 1000).toFixed(2)],
  ['RSS MB', (score: Score) => score.residentMegabytes.toFixed(0)],
] as const

/** A result as a table. The last column is our CPU per query divided by that of each other server. */
export function showResult({ row, title, scores, absent, targets, facts }: Result): string {
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(14)).join('')}`
  const [ours] = scores
  const head = scores.length > 0 ? [line('', [...columns.map(([name]) => name), 'our CPU ×'])] : []
  const lines = scores.map((score) =>
    line(score.name, [
      ...columns.map(([, show]) => show(score)),
      score === ours ? '' : ((ours?.cpuMicrosPerQuery ?? 0) / score.cpuMicrosPerQuery).toFixed(2),
    ]),
  )
  return [
    `${row}  ${title}`,
    ...head,
    ...lines,
    ...absent.map(({ name, absent: why }) => `  ${name.padEnd(24)}  not measured: ${why}`),
    ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
    ...targets.map(({ text, value, met }) => `  ${met ? 'met   ' : 'MISSED'}  ${text}: ${value.toFixed(2)}`),
    '',
  ].join('\n')
}
