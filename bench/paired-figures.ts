import { median } from './median.ts'

/** A mean and the half width of its 95 % interval. */
export type Estimate = { readonly mean: number; readonly error: number }

/** At most this many groups of consecutive values. */
const maxGroups = 40

/**
 * The mean of values that were measured one after another, with the half width of its 95 % interval (twice the standard
 * error). Values are first reduced to the medians of groups: an interruption by other work of the machine then counts
 * once at most. Infinite for fewer than two values.
 */
export function estimate(values: readonly number[]): Estimate {
  const size = Math.max(1, Math.floor(values.length / maxGroups))
  const count = Math.floor(values.length / size)
  const groups = Array.from({ length: count }, (_, at) => median(values.slice(at * size, (at + 1) * size)))
  const mean = groups.reduce((sum, value) => sum + value, 0) / count
  const squares = groups.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  if (count < 2) return { mean: count === 1 ? mean : 0, error: Number.POSITIVE_INFINITY }
  return { mean, error: 2 * Math.sqrt(squares / (count - 1) / count) }
}

/** An estimate as text, such as '+0.97 ± 0.41'. */
export function estimateText({ mean, error }: Estimate): string {
  return `${mean < 0 ? '' : '+'}${mean.toFixed(2)} ± ${error.toFixed(2)}`
}
