import type { Verdict, Wrong } from './check-answer.ts'
import type { Inquiry } from './inquiries.ts'
import type { SeenAnswer } from './read-answer.ts'

/** Results of a run. */
export type Counts = {
  answered(inquiry: Inquiry, seen: SeenAnswer, verdict: Verdict): void
  /** No answer while the edge was down. */
  unanswered(): void
  /** No answer although the edge was running. */
  silent(inquiry: Inquiry, error: string): void
  /** A process ended by itself. */
  crashed(name: string, lastLines: readonly string[]): void
  recovered(ms: number): void
  fault(name: string): void
  line(name: string): void
  /** The wrong answers so far, as text. */
  wrongs(): readonly string[]
  summary(): string[]
}

/** The number of wrong answers that are kept as text. */
const kept = 20

const wrongKinds: readonly (Wrong | 'silent' | 'crash')[] = [
  ...(['wrong NXDOMAIN', 'wrong answer', 'mixture', 'backwards', 'unmarked', 'withheld', 'date'] as const),
  'silent',
  'crash',
]

/** Empty results. */
export function createCounts(): Counts {
  const counts = { unanswered: 0, fresh: 0, stale: 0, expired: 0 }
  const wrongCounts = new Map<string, number>(wrongKinds.map((kind) => [kind, 0]))
  const wrongs: string[] = []
  const recoveries: number[] = []
  const lags: number[] = []
  const faults = new Map<string, number>()
  const lines = new Map<string, number>()
  const wrong = (what: string, text: string): void => {
    add(wrongCounts, what)
    if (wrongs.length < kept) wrongs.push(`${what}: ${text}`)
  }
  return {
    answered(inquiry, seen, verdict) {
      if (verdict.kind === 'wrong') return wrong(verdict.what, wrongText(inquiry, seen, verdict.why))
      counts[verdict.freshness]++
      if (verdict.lagMs > 0) lags.push(verdict.lagMs)
    },
    unanswered: () => void counts.unanswered++,
    silent: ({ name, type }, error) => wrong('silent', `${name} ${type}: ${error}`),
    crashed: (name, lastLines) => wrong('crash', `the ${name} ended by itself:\n${lastLines.join('\n')}`),
    recovered: (ms) => void recoveries.push(ms),
    fault: (name) => add(faults, name),
    line: (name) => add(lines, name),
    wrongs: () => wrongs,
    summary: () => [
      `faults: ${textOf(faults)}`,
      `answers: ${counts.fresh} fresh, ${counts.stale} stale, ${counts.expired} expired, ${counts.unanswered} none while the edge was down`,
      `wrong: ${textOf(wrongCounts)}`,
      `answers dated more recent than their data: ${lags.length}, by up to ${Math.max(0, ...lags)} ms`,
      `recovery after the end of the last fault: ${quantilesOf(recoveries)}`,
      `log lines of the agent: ${textOf(lines)}`,
    ],
  }
}

function wrongText({ name, type }: Inquiry, seen: SeenAnswer, why: string): string {
  const { snapshot, ede, text, sentMs, receivedMs } = seen
  const said = snapshot
    ? `generation ${snapshot.generation}, ${snapshot.state}, as of ${sentMs - snapshot.asOfMs} ms before`
    : 'no snapshot'
  const extended = ede === undefined ? '' : `, extended error ${ede}`
  return `${name} ${type} at ${new Date(sentMs).toISOString()}, answered after ${receivedMs - sentMs} ms: ${JSON.stringify(text)} (${said}${extended}): ${why}`
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function textOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

function quantilesOf(values: readonly number[]): string {
  const ordered = values.toSorted((one, other) => one - other)
  const at = (part: number): number => Math.round(ordered[Math.floor((ordered.length - 1) * part)] ?? 0)
  return `p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}
