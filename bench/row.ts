import type { Absent, Score } from './measured-server.ts'

/** A figure beside what it should be. */
export type Target = { readonly text: string; readonly value: number; readonly met: boolean }

/** What a row of the benchmark found. */
export type Result = {
  readonly row: string
  readonly title: string
  /** Ours first. */
  readonly scores: readonly Score[]
  readonly absent: readonly Absent[]
  readonly targets: readonly Target[]
  /** Further figures and remarks. */
  readonly facts: Readonly<Record<string, string | number>>
}

/** A figure that must not pass a limit. */
export function atMost(text: string, value: number, limit: number): Target {
  return { text: `${text}: at most ${limit}`, value, met: value <= limit }
}

/** A figure that must reach a limit. */
export function atLeast(text: string, value: number, limit: number): Target {
  return { text: `${text}: at least ${limit}`, value, met: value >= limit }
}

/** Ours by another's, of those that were measured; none where the other was not. */
export function ratioTargets(
  scores: readonly Score[],
  to: string,
  make: (ours: Score, other: Score) => Target,
): Target[] {
  const [ours] = scores
  const other = scores.find(({ name }) => name === to)
  return ours && other ? [make(ours, other)] : []
}
