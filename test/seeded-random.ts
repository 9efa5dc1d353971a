/** Chance out of a seed: the same seed draws the same numbers in the same order. */
export type Random = {
  /** [0, 1). */
  next(): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  /** One of the items, of which there is at least one. */
  pick<T>(items: readonly T[]): T
  /** A chance of its own, so that drawing more from it changes nothing elsewhere. */
  fork(): Random
}

/** A seed → its chance (mulberry32). */
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
