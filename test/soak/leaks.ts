/** What was seen of one figure: at which time, in ms, which value. */
export type Sample = { readonly atMs: number; readonly value: number }

/** How fast a figure grows, per hour, and by how much that may be wrong (two standard errors). */
export type Slope = { readonly perHour: number; readonly errorPerHour: number }

/** A figure and what it must not pass. */
export type Verdict = {
  readonly figure: string
  readonly unit: string
  readonly first: number
  readonly last: number
  readonly most: number
  readonly slope: Slope
  readonly limitPerHour: number
  readonly finding: Finding
}

/** It leaks where it grows beyond its limit, and beyond what chance explains. Too short a time shows nothing. */
export type Finding = 'kept' | 'leaks' | 'too short'

/** A figure over time, and by how much an hour it may grow. */
export type Series = {
  readonly figure: string
  readonly unit: string
  readonly limitPerHour: number
  /** Samples over less time than this say nothing: the figure is still finding its size. */
  readonly shortestMs: number
  readonly samples: readonly Sample[]
}

const hourMs = 3_600_000

/** A heap goes up and down with its collections: only the low points tell what is kept. So many of them. */
const windows = 12

/**
 * Least squares through the lowest value of each of twelve equal parts of the time; through all values where
 * there are fewer of them. Of fewer than three nothing can be said: then the slope is 0 and its error infinite.
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  const points = lowPoints(samples)
  const count = points.length
  if (count < 3) return { perHour: 0, errorPerHour: Number.POSITIVE_INFINITY }
  const mean = (pick: (point: Sample) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / count
  const meanMs = mean(({ atMs }) => atMs)
  const meanValue = mean(({ value }) => value)
  const spread = points.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0)
  const slope =
    points.reduce((sum, { atMs, value }) => sum + (atMs - meanMs) * (value - meanValue), 0) / spread
  const residue = points.reduce(
    (sum, { atMs, value }) => sum + (value - meanValue - slope * (atMs - meanMs)) ** 2,
    0,
  )
  const error = Math.sqrt(residue / (count - 2) / spread)
  return { perHour: slope * hourMs, errorPerHour: 2 * error * hourMs }
}

/** A series → whether it leaks. */
export function judge({ figure, unit, limitPerHour, shortestMs, samples }: Series): Verdict {
  const slope = slopeOf(samples)
  const values = samples.map(({ value }) => value)
  const spanMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)
  const grows = slope.perHour - slope.errorPerHour > limitPerHour
  return {
    figure,
    unit,
    first: values[0] ?? 0,
    last: values.at(-1) ?? 0,
    most: Math.max(0, ...values),
    slope,
    limitPerHour,
    finding: samples.length < 3 || spanMs < shortestMs ? 'too short' : grows ? 'leaks' : 'kept',
  }
}

function lowPoints(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= windows) return samples
  return Array.from({ length: windows }, (_, at) => {
    const from = Math.floor((at * samples.length) / windows)
    const to = Math.floor(((at + 1) * samples.length) / windows)
    return samples.slice(from, to).reduce((low, sample) => (sample.value < low.value ? sample : low))
  })
}
