import type { WrongKind } from './check-history.ts'
import type { RoundResult } from './round.ts'

/** The results of rounds as a table of Markdown, one row per fault, and a line for what it does not show. */
export function showTable(results: readonly RoundResult[]): string {
  const faults = [...new Set(results.map(({ fault }) => fault))]
  const rows = faults.map((fault) =>
    rowOf(
      fault,
      results.filter((result) => result.fault === fault),
    ),
  )
  const head = [
    ...['fault', 'rounds', 'accepted', 'refused', 'lost', 'twice', 'wrong NXDOMAIN', 'other wrongs'],
    ...[
      'accepted again, s',
      'by every edge, s',
      'on the other edges, ms',
      'all well, s',
      'slowest query, ms',
      'slowest agent, s',
    ],
  ]
  const lines = [head, head.map(() => '---'), ...rows, rowOf('all', results)]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n${codesOf(results)}\n`
}

function rowOf(name: string, results: readonly RoundResult[]): string[] {
  const wrongs = results.flatMap(({ wrong }) => wrong)
  const count = (...kinds: WrongKind[]): number => wrongs.filter(({ kind }) => kinds.includes(kind)).length
  const stuck = sum(results.map((result) => result.stuck.length))
  const shown = count('lost', 'twice', 'wrong NXDOMAIN')
  const refused = results.flatMap((result) => [...result.refused.values()])
  return [
    name,
    String(results.length),
    String(sum(results.map(({ accepted }) => accepted))),
    String(sum(refused)),
    String(count('lost')),
    String(count('twice')),
    String(count('wrong NXDOMAIN')),
    String(wrongs.length - shown + stuck),
    quantiles(
      results.flatMap(({ againMs }) => againMs),
      seconds,
    ),
    quantiles(
      results.flatMap(({ everywhereMs }) => everywhereMs),
      seconds,
    ),
    quantiles(
      results.flatMap(({ othersMs }) => othersMs),
      whole,
    ),
    quantiles(
      results.map(({ healedMs }) => healedMs),
      seconds,
    ),
    whole(Math.max(0, ...results.map(({ slowestMs }) => slowestMs.query))),
    seconds(Math.max(0, ...results.map(({ slowestMs }) => slowestMs.agent))),
  ]
}

/** p50/p99/max, or a dash without values. */
function quantiles(values: readonly number[], show: (ms: number) => string): string {
  if (values.length === 0) return '–'
  const ordered = values.toSorted((one, other) => one - other)
  const at = (part: number): string => show(ordered[Math.ceil((ordered.length - 1) * part)] ?? 0)
  return [at(0.5), at(0.99), at(1)].join(' / ')
}

function codesOf(results: readonly RoundResult[]): string {
  const codes = new Map<string, number>()
  for (const { refused } of results)
    for (const [code, times] of refused) codes.set(code, (codes.get(code) ?? 0) + times)
  return `roots refused or not answered: ${[...codes].map(([code, times]) => `${times} ${code}`).join(', ') || 'none'}`
}

const whole = (ms: number): string => ms.toFixed(0)
const seconds = (ms: number): string => (ms / 1_000).toFixed(1)

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
