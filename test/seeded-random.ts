/** A pseudo-random generator: the same seed gives the same numbers in the same order. */
export type Random = {
  /** [0, 1). */
  next(): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** One of the items. The list must not be empty. */
  pick<T>(items: readonly T[]): T
  /** A new generator, so that the number of values drawn from it does not affect this one. */
  fork(): Random
}

/** A generator for a seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed | 0
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    chance: (probability) => next() < probability,
    between,
    pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
    fork: () => createRandom(Math.floor(next() * 2 ** 32)),
  }
}
