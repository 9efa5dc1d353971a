import type { Score } from './contender.ts'

/** Scores as a table for people: ours first, the floor second, then the ratios of the two. */
export function showScores(title: string, [ours, floor]: readonly [Score, Score]): string {
  const row = (name: string, ...cells: string[]): string =>
    `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(16)).join('')}`
  const cells = (score: Score): string[] => [
    Math.round(score.requestsPerSecond).toLocaleString('en'),
    score.cpuMicrosPerQuery.toFixed(1),
    score.residentMegabytes.toFixed(0),
  ]
  return [
    title,
    row('', 'req/s', 'CPU µs/query', 'RSS MB'),
    row(ours.name, ...cells(ours)),
    row(floor.name, ...cells(floor)),
    row('ratio', ...ratios(ours, floor)),
  ].join('\n')
}

function ratios(ours: Score, floor: Score): string[] {
  const rate = ours.requestsPerSecond / floor.requestsPerSecond
  const cpu = ours.cpuMicrosPerQuery / floor.cpuMicrosPerQuery
  return [rate.toFixed(2), cpu.toFixed(2), (ours.residentMegabytes / floor.residentMegabytes).toFixed(2)]
}
