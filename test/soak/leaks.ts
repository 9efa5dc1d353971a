/** A value of a figure at a time (ms). */
export type Sample = { readonly atMs: number; readonly value: number }

/** The growth of a figure per hour, and its uncertainty (two standard errors). */
export type Slope = { readonly perHour: number; readonly errorPerHour: number }

/** The verdict on a figure. */
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

/** 'leaks': it grows faster than its limit by more than the uncertainty. 'too short': no verdict is possible. */
export type Finding = 'kept' | 'leaks' | 'too short'

/** A figure over time, and its allowed growth per hour. */
export type Series = {
  readonly figure: string
  readonly unit: string
  readonly limitPerHour: number
  /** Samples over a shorter time (ms) give no verdict, since the figure still approaches its size. */
  readonly shortestMs: number
  readonly samples: readonly Sample[]
}

const hourMs = 3_600_000

/** A heap goes up and down with its collections, so only low points count: this many of them. */
const windows = 12

/**
 * The least-squares line through the lowest value in each of twelve equal parts of the time, or through all values if
 * there are fewer. With fewer than three values the slope is 0 and its error infinite.
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

/** A series → the verdict. */
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
