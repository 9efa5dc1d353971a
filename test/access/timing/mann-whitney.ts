/** The result of a Mann-Whitney test. */
export type Comparison = {
  /** The probability that a value of the second sample is larger than one of the first; 0.5 where none is. */
  readonly probability: number
  /** How many standard deviations that is from 0.5: the normal approximation, without correction for ties. */
  readonly z: number
}

/** Compares two samples of at least about 20 values (Mann and Whitney 1947). Equal values count half. */
export function mannWhitney(first: Float64Array, second: Float64Array): Comparison {
  const a = first.toSorted()
  const b = second.toSorted()
  let below = 0
  let notAbove = 0
  let larger = 0
  for (const value of b) {
    while (below < a.length && (a[below] ?? 0) < value) below++
    while (notAbove < a.length && (a[notAbove] ?? 0) <= value) notAbove++
    larger += below + (notAbove - below) / 2
  }
  const pairs = a.length * b.length
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  return { probability: larger / pairs, z: (larger - pairs / 2) / deviation }
}

/** The z above which one of `tests` two-sided tests is significant at 0.001 in total (Bonferroni). */
export function criticalZ(tests: number): number {
  return inverseNormal(1 - 0.001 / (2 * tests))
}

/**
 * The smallest distance of the probability from 0.5 that two samples of this size show with a power of 0.99 (Noether
 * 1987), for a critical z.
 */
export function detectableDistance(size: number, critical: number): number {
  return (critical + inverseNormal(0.99)) / Math.sqrt(12 * 0.25 * 2 * size)
}

/** The quantile of the standard normal distribution, by bisection. */
function inverseNormal(probability: number): number {
  let [low, high] = [-10, 10]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normal(middle) < probability) low = middle
    else high = middle
  }
  return low
}

/** The distribution function of the standard normal distribution (Zelen and Severo, 26.2.17: error below 7.5e-8). */
function normal(z: number): number {
  if (z < 0) return 1 - normal(-z)
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = factors.reduceRight((inner, factor) => (inner + factor) * t, 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}
