/** Counters of events, by name. */
export type Counts = {
  count(name: string, by?: number): void
  get(name: string): number
  /** All counts, ordered by name. */
  all(): Record<string, number>
}

/** Counters that are all 0. */
export function createCounts(): Counts {
  const counts = new Map<string, number>()
  return {
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    get: (name) => counts.get(name) ?? 0,
    all: () => Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}
