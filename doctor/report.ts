import type { Finding } from './define-check.ts'

/** The result of a run, as --json prints it. docs/json.md has its fields. */
export type Report = {
  /** The DoH endpoint, with TOKEN for its token. */
  readonly url: string
  /** The name of the command line, or null. */
  readonly name: string | null
  /** Whether no check found a problem. */
  readonly ok: boolean
  /** The first check with a problem, or null. */
  readonly first: string | null
  readonly findings: readonly Finding[]
}

/** The findings of a run → its report. */
export function reportOf(url: string, name: string | undefined, findings: readonly Finding[]): Report {
  const first = findings.find(({ state }) => state === 'problem')
  return { url, name: name ?? null, ok: !first, first: first?.check ?? null, findings }
}

const stateWidth = 'problem'.length + 2
const checkWidth = 13

/** A finding as lines: its state, its check and its text; below it the remedy, if it has one. */
export function findingLines({ check, state, text, remedy }: Finding): string[] {
  const indent = ' '.repeat(stateWidth + checkWidth)
  const line = `${state.padEnd(stateWidth)}${check.padEnd(checkWidth)}${text}`
  return remedy === undefined ? [line] : [line, `${indent}→ ${remedy}`]
}

/** The last line of a report for people. */
export function verdictLine({ findings, first }: Report): string {
  if (first === null) return 'No problem found.'
  const count = findings.filter(({ state }) => state === 'problem').length
  return count === 1
    ? `One problem: ${first}.`
    : `${count} problems; begin with the first one, ${first}: later ones may follow from it.`
}
