import type { Absent, Score } from './measured-server.ts'

/** A figure, its requirement, and whether it is met. */
export type Target = { readonly text: string; readonly value: number; readonly met: boolean }

/** The result of a row of the benchmark. */
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

/** A target with an upper limit. */
export function atMost(text: string, value: number, limit: number): Target {
  return { text: `${text}: at most ${limit}`, value, met: value <= limit }
}

/** A target with a lower limit. */
export function atLeast(text: string, value: number, limit: number): Target {
  return { text: `${text}: at least ${limit}`, value, met: value >= limit }
}

/** A target that compares one of our scores, usually the first, with that of `to`; none if one was not measured. */
export function ratioTargets(
  scores: readonly Score[],
  to: string,
  make: (ours: Score, other: Score) => Target,
  our = scores[0]?.name,
): Target[] {
  const ours = scores.find(({ name }) => name === our)
  const other = scores.find(({ name }) => name === to)
  return ours && other ? [make(ours, other)] : []
}
