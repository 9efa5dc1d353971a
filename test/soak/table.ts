import type { Verdict } from './leaks.ts'
import type { Outcome } from './soak.ts'

const columns = [
  ['first', ({ first }: Verdict) => first.toFixed(0)],
  ['last', ({ last }: Verdict) => last.toFixed(0)],
  ['most', ({ most }: Verdict) => most.toFixed(0)],
  ['an hour', ({ slope }: Verdict) => signed(slope.perHour)],
  [
    '±',
    ({ slope }: Verdict) => (Number.isFinite(slope.errorPerHour) ? slope.errorPerHour.toFixed(1) : 'any'),
  ],
  ['allowed', ({ limitPerHour }: Verdict) => String(limitPerHour)],
] as const

/** An outcome as a table, with the verdict in the last line. */
export function showOutcome({ verdicts, broken, facts }: Outcome): string {
  const line = (name: string, cells: readonly string[], said = ''): string =>
    `${name.padEnd(32)}${cells.map((cell) => cell.padStart(10)).join('')}  ${said}`.trimEnd()
  const rows = verdicts.map((verdict) =>
    line(
      `${verdict.figure}${verdict.unit && `, ${verdict.unit}`}`,
      columns.map(([, show]) => show(verdict)),
      verdict.finding === 'leaks' ? 'LEAKS' : verdict.finding,
    ),
  )
  const leaks = verdicts.filter(({ finding }) => finding === 'leaks').map(({ figure }) => figure)
  const wrong = [...leaks.map((figure) => `${figure} grows`), ...broken]
  return [
    line(
      '',
      columns.map(([name]) => name),
    ),
    ...rows,
    ...Object.entries(facts).map(([name, value]) => `${name}: ${value}`),
    wrong.length === 0 ? 'nothing leaks' : wrong.join('\n'),
    '',
  ].join('\n')
}

function signed(number: number): string {
  return `${number > 0 ? '+' : ''}${number.toFixed(1)}`
}
